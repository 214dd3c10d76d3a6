// A decision that is being made, kept while its pages follow each other, and while somebody shows again who they are. Reloading loses it, so
// the browser asks before.

import { signal } from '@preact/signals';

import type { Case } from '../model.ts';
import { ownersAlone } from '../own.ts';
import type { WrongField } from './answers.ts';
import type { Answers } from './steps.ts';

/** A decision that is being made. */
export interface Draft {
  id: string; // of the command: sent twice, it is done once
  caseId: string;
  command: string;
  /** The case as it was when the decision was begun, or last compared: the decision is refused where it has moved since. */
  base: Case;
  answers: Answers;
  signed: boolean;
  refused: readonly WrongField[];
}

/** The decision that is being made; there is one at a time. */
export const draft = signal<Draft | null>(null);

ownersAlone(forget);
addEventListener('beforeunload', (event) => {
  if (draft.value !== null && Object.keys(draft.value.answers).length > 0) event.preventDefault();
});

/** A draft of a command on a case that is being made; null where there is none. */
export function begunOf(caseId: string, command: string): Draft | null {
  const now = draft.value;
  return now?.caseId === caseId && now.command === command ? now : null;
}

/** A new draft of a command on a case. What the address says that it is about is answered. */
export function draftOf(caseId: string, command: string, base: Case, given: Answers): Draft {
  return { id: crypto.randomUUID(), caseId, command, base, answers: given, signed: false, refused: [] };
}

/** Keeps a draft with changes. Another content is another command. */
export function keep(before: Draft, changes: Partial<Draft>): Draft {
  const id = changes.answers === undefined && changes.base === undefined ? before.id : crypto.randomUUID();
  return (draft.value = { ...before, id, ...changes });
}

/** Forgets the draft. */
export function forget(): void {
  draft.value = null;
}
