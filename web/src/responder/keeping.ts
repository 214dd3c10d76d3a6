// What the interview needs of the phone: its drafts, the way out of a finished interview, and what the form is made of. It is there
// while the phone is set up and unlocked, and nothing of it while it is locked.

import { signal } from '@preact/signals';

import type { Draft, Drafts, ScreeningBody } from './draft.ts';
import type { CodeEntry, FormText, Json } from './form/schema.ts';

/** The recordings of a language: what they are, and each as bytes that a page can play. */
export interface Audio {
  manifest: AudioManifest;
  /** The recording of an item, or null where there is none. */
  open(prompt: string): Promise<Blob | null>;
}

/** What the recordings of a language are. */
export interface AudioManifest {
  language: string;
  /** `recorded` by a speaker; `synthesised` by a machine, or a `tone`, both of which only hold the place. */
  kind: 'recorded' | 'synthesised' | 'tone';
  /** The file of each prompt, and its size. */
  prompts: Record<string, { file: string; bytes: number }>;
}

/** What forms are made of, kept on the phone so that it is there without a network. */
export interface Reference {
  /** The published schema of a version of the screening form. */
  form(version: number): Promise<Json>;
  /** Its words in a language, or null where the phone has none. */
  text(version: number, language: string): Promise<FormText | null>;
  /** A code list, such as `provinces`. */
  codes(list: string): Promise<CodeEntry[]>;
  /** The recordings of a language, or null where they were not downloaded; see form/recordings.ts. */
  audio(language: string): Promise<Audio | null>;
}

/** What the phone keeps for an interview. */
export interface Keeping {
  drafts: Drafts;
  reference: Reference;
  /**
   * Closes a finished interview so that this phone can't open it again, and sends it when it can. The draft is gone afterwards; the
   * interview then goes to /responder/finished/:id.
   */
  finish(draft: Draft, body: ScreeningBody): Promise<void>;
}

/** What the phone keeps; null while it is locked or not set up. */
export const keeping = signal<Keeping | null>(null);

/** What has to happen before the phone locks, such as keeping what was typed last. */
export const beforeLock = new Set<() => Promise<void>>();
