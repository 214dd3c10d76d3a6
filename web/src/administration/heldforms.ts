// The forms in quarantine: those of lost phones and shut accounts, and those that came in a file.

import { client, ok, Problem, type Schemas } from '../lib/api.ts';
import { type Key, texts } from '../lib/i18n.ts';
import type { Fault } from '../parts/index.ts';
import { refusal } from './accounts.ts';

export type HeldForm = Schemas['HeldForm'];
export type Reason = NonNullable<HeldForm['reason']>;

/** Why a form may be rejected. */
export const reasons: readonly Reason[] = ['not_theirs', 'recorded', 'trial', 'damaged'];

/** All forms that the reader decides on. */
export async function readHeld(): Promise<HeldForm[]> {
  return (await ok(client.GET('/api/v1/quarantine'))).items;
}

/** One of them. */
export async function readHeldForm(id: string): Promise<HeldForm> {
  const found = (await readHeld()).find((form) => form.id === id);
  if (found === undefined) throw new Problem(404);
  return found;
}

/** A line of the file that a phone exports. */
export interface Line {
  id: string;
  key: string;
  enc: string;
  ciphertext: string;
}

/** The forms of a file; null where it is none that a phone exports. */
export async function linesOf(file: Blob): Promise<Line[] | null> {
  try {
    const lines = (await file.text()).split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Line);
    return lines.length > 0 && lines.every(isLine) ? lines : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isLine(line: Line): boolean {
  return (['id', 'key', 'enc', 'ciphertext'] as const).every((part) => typeof line[part] === 'string');
}

const refusals: Readonly<Record<string, Key<'administration'>>> = {
  'invalid-content': 'held.refusal.invalid', 'other-content': 'held.refusal.other', erased: 'held.refusal.gone', 'form-decided': 'held.refusal.decided',
  'too-many-held': 'held.refusal.full',
};

/** Why something about a form in quarantine was refused. */
export function heldRefusal(error: unknown): Fault {
  const known = error instanceof Problem ? refusals[error.kind ?? ''] : undefined;
  return known === undefined ? refusal(error) : { message: texts('administration')(known) };
}
