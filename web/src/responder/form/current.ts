// The interview that is open: its draft, the form, and the words. Every input is kept on the phone within a moment, and all of it at once
// before the page is left.

import { effect, signal } from '@preact/signals';

import { currentTime } from '../../lib/clock.ts';
import { address } from '../../lib/route.ts';
import type { Answer, Draft, Drafts } from '../draft.ts';
import { beforeLock, keeping, type Keeping } from '../keeping.ts';
import { type Form, openForm } from './engine.ts';
import { codeLists, type CodeListName } from './lists.ts';
import { at, type Host, host } from './path.ts';
import { person } from './person.ts';
import type { CodeEntry, FormText } from './schema.ts';

/** What an interview is drawn with. */
export interface Current {
  form: Form;
  lists: Readonly<Record<CodeListName, readonly CodeEntry[]>>;
  /** The form's words in the languages of those who work with it. */
  words: Readonly<Record<'th' | 'en', FormText>>;
}

/** What the open interview is drawn with; null while none is open. */
export const current = signal<Current | null>(null);
/** The draft of the open interview. */
export const draft = signal<Draft | null>(null);
/** Whether the last change has not reached the phone's storage: what went wrong, for the page to say. */
export const notKept = signal(false);

const pause = 250; // milliseconds after an input until it is kept

let timer: ReturnType<typeof setTimeout> | undefined;
let dirty = false;
let writing: Promise<void> = Promise.resolve();

// The interview that this tab has, from when it begins to open: no other tab opens it until it is let go.
let held: { id: string; taken: ReturnType<Drafts['take']> } | null = null;

/** Opens the draft of an id: `elsewhere` where another tab has it open, `missing` where the phone has none. */
export async function openDraft(id: string): Promise<'open' | 'missing' | 'elsewhere'> {
  if (draft.value?.id === id) return 'open';
  const { drafts, reference } = known();
  if (held?.id !== id) {
    closeDraft();
    held = { id, taken: drafts.take(id) };
  }
  const mine = held;
  const here = await mine.taken;
  const found = here && await drafts.open(id);
  const loaded = found && await loadForm({ reference }, found.version);
  if (mine !== held) return 'open'; // it was closed meanwhile: the phone was locked, or another one is opened
  if (!found) {
    closeDraft();
    return here ? 'missing' : 'elsewhere';
  }
  host.value = null;
  current.value = loaded;
  draft.value = found;
  return 'open';
}

/** Opens a form that is filled in elsewhere than on this phone: its answers are in the page's memory alone. */
export function openAt(where: Host, filled: Draft, drawn: Current): void {
  closeDraft();
  host.value = where;
  current.value = drawn;
  draft.value = filled;
}

/** The form of a version with its words and code lists. */
export async function loadForm({ reference }: Pick<Keeping, 'reference'>, version: number): Promise<Current> {
  const [schema, th, en, ...entries] = await Promise.all([
    reference.form(version), reference.text(version, 'th'), reference.text(version, 'en'), ...codeLists.map((list) => reference.codes(list)),
  ]);
  if (th === null || en === null) throw new Error('the words of the form are not on this phone');
  const lists = Object.fromEntries(codeLists.map((list, i) => [list, entries[i] ?? []])) as Record<CodeListName, CodeEntry[]>;
  return { form: openForm(schema, lists), lists, words: { th, en } };
}

/** Closes the interview, so that nothing of it is left in the page's memory. */
export function closeDraft(): void {
  clearTimeout(timer);
  dirty = false;
  void held?.taken.then((letGo) => letGo?.());
  held = null;
  draft.value = null;
  current.value = null;
}

/** Closes the interview when its pages have been left for others, so that another tab may open it. What could not be kept stays. */
export async function leaveDraft(): Promise<void> {
  await null; // a page that is left with it may change it last
  await keepNow();
  if (held !== null && !dirty && !address.peek().path.startsWith(at(held.id))) closeDraft();
}

/** Changes the open draft; it is kept a moment later. */
export function change(part: { [Part in keyof Draft]?: Draft[Part] | undefined }): void {
  if (draft.value === null) return;
  draft.value = { ...draft.value, ...part as Partial<Draft>, updatedAt: currentTime().toISOString() };
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(() => void keepNow(), pause);
}

/** Answers an item; null takes the answer back. */
export function answer(key: string, given: Answer | null): void {
  const { [key]: _, ...others } = draft.value?.answers ?? {};
  change({ answers: given === null ? others : { ...others, [key]: given }, ...initialsOf(key, given) });
}

// Drafts are told apart in a list by the first letters of what the person is called, which say little to whoever looks over a shoulder.
function initialsOf(key: string, given: Answer | null): Partial<Draft> {
  if ((key !== 'd_nickname' && key !== 'd_name_said') || typeof given?.value !== 'string') return {};
  const letters = [...new Intl.Segmenter().segment(given.value.trim())].map(({ segment }) => segment);
  return { initials: letters.slice(0, 2).join('') };
}

/** Keeps what has changed, at once; resolves when the phone has it. */
export async function keepNow(): Promise<void> {
  clearTimeout(timer);
  const kept = keeping.value;
  const now = draft.value;
  if (!dirty || kept === null || now === null || host.peek() !== null) return writing;
  dirty = false;
  writing = writing.then(() => kept.drafts.save(now)).then(() => { notKept.value = false; }, () => {
    dirty = true;
    notKept.value = true;
  });
  return writing;
}

// Whichever page is shown: the phone may be locked for somebody else to go on with.
beforeLock.add(keepNow);
effect(() => {
  if (keeping.value !== null || host.peek() !== null) return;
  closeDraft();
  person.value = null;
});

function known(): Keeping {
  if (keeping.value === null) throw new Error('the phone is locked');
  return keeping.value;
}
