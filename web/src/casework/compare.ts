// Two cases side by side, question by question, for whoever decides whether they are of one person. It says what agrees and what differs;
// it never says which is right, and nothing is merged.

import { type Answers, given } from './answers.ts';
import type { Case } from './model.ts';

export type Verdict = 'same' | 'different' | 'unknown'; // unknown where one side says nothing, or may not be seen

export interface Line {
  field: string; // an item of the form, or a field of the case
  left: string | null; // as it was written; null where nothing is known
  right: string | null;
  verdict: Verdict;
}

/** The items of a form by which people are told apart, in the order in which they are compared. */
export const items = [
  'd_name_said', 'd_given_name', 'd_family_name', 'd_nickname', 'd_name_romanised', 'd_alias', 'd_birth_date', 'd_age_years', 'd_age_band', 'd_sex',
  'd_nationality', 'd_second_nationality', 'd_birth_country', 'd_home_place', 'd_documents', 'd_languages', 'd_contacts',
] as const;

/** Who the person of a case is, as far as the reader may know: the latest form's answers. */
export function identityOf({ screenings }: Pick<Case, 'screenings'>): Answers {
  const latest = screenings.at(-1);
  return { ...(latest?.answers as Answers | null), ...(latest?.identity as Answers | null) };
}

/** Compares who the people of two cases are. Questions to which neither has an answer are left away. */
export function compare(left: Pick<Case, 'screenings'>, right: Pick<Case, 'screenings'>): Line[] {
  const [a, b] = [identityOf(left), identityOf(right)];
  return items
    .map((item) => line(item, plain(given(a, item)), plain(given(b, item))))
    .filter((one) => one.left !== null || one.right !== null);
}

/** One line of a comparison. */
export function line(field: string, left: string | null, right: string | null): Line {
  return { field, left, right, verdict: verdictOf(left, right) };
}

// The same name in two scripts looks different: whether it is, cannot be told from its letters.
function verdictOf(left: string | null, right: string | null): Verdict {
  if (left === null || right === null) return 'unknown';
  if (folded(left) === folded(right)) return 'same';
  const [a, b] = [scriptsOf(left), scriptsOf(right)];
  return a.length > 0 && b.length > 0 && !a.some((script) => b.includes(script)) ? 'unknown' : 'different';
}

const scripts = [/\p{Script=Latin}/u, /\p{Script=Thai}/u, /\p{Script=Myanmar}/u, /\p{Script=Khmer}/u, /\p{Script=Lao}/u, /\p{Script=Han}/u, /\p{Script=Arabic}/u];

function scriptsOf(text: string): RegExp[] {
  return scripts.filter((script) => script.test(text));
}

function plain(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(plain).join('; ');
  if (typeof value === 'object') return Object.values(value).map(plain).join(' ');
  return String(value);
}

// Without what spelling alone makes different: case, blanks, marks that look like others.
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[\s\p{P}]+/gu, '');
}
