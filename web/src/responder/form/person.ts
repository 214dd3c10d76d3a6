// What the person is shown and hears: the form's words in their language, the few sentences beside them, and recordings.

import { signal } from '@preact/signals';

import type { Draft } from '../draft.ts';
import { type Audio as Recordings, keeping } from '../keeping.ts';
import { isOneOfSix } from './path.ts';
import type { FormText } from './schema.ts';

/** The sentences for the person that are not the form's. */
export type PersonText = Record<'name' | 'status' | 'listen' | 'back' | 'explain' | 'declined' | 'unknown' | 'thanks' | 'next', string>;

/** What there is in the person's language. */
export interface Person {
  language: string;
  /** The form's words, as far as there are any in it. */
  words: Partial<FormText> & Pick<FormText, '_status'>;
  text: PersonText;
  recordings: Recordings | null;
}

/** How good the words are that a person is shown. */
export type Standing = 'official' | 'reviewed' | 'draft';

/** What there is in the language of the person of the open interview; null where there are no words in it. */
export const person = signal<Person | null>(null);

const files = import.meta.glob<PersonText>('../../../text/person/*.json', { import: 'default' });

/** Loads what there is in the language of a draft's person. */
export async function openPerson(draft: Draft | null, reference = keeping.value?.reference): Promise<void> {
  const language = draft?.personLanguage ?? '';
  if (person.value?.language === language) return;
  const file = files[`../../../text/person/${language}.json`];
  if (draft === null || file === undefined || reference === undefined) {
    person.value = null;
    return;
  }
  const [text, words, recordings] = await Promise.all([
    file(), reference.text(draft.version, language), reference.audio(language).catch(() => null),
  ]);
  person.value = words === null ? null : { language, words, text, recordings };
}

/** How good the words for an item are. The six questions in English are the Washington Group's own words; their translations are drafts. */
export function standingOf({ language, words }: Person, key: string): Standing {
  if (language === 'en' && isOneOfSix(key)) return 'official';
  return words._status.items?.[key]?.status ?? words._status.status;
}

let playing: HTMLAudioElement | null = null;

/** Plays the recording of a prompt from memory; false where there is none. */
export async function play({ recordings }: Person, prompt: string): Promise<boolean> {
  const sound = await recordings?.open(prompt);
  if (!sound) return false;
  stopPlaying();
  const address = URL.createObjectURL(sound);
  const element = new Audio(address);
  playing = element;
  const over = () => URL.revokeObjectURL(address);
  element.addEventListener('ended', over);
  element.addEventListener('error', over);
  await element.play();
  return true;
}

/** Ends what is playing. */
export function stopPlaying(): void {
  playing?.pause();
  playing = null;
}
