// The way through an interview: the steps before the questions, the sections, and what comes after what.

import { signal } from '@preact/signals';

import type { Answers, Draft } from '../draft.ts';
import { asked, type Form } from './engine.ts';

/** The steps before the questions, in their order. */
export const beginning = ['province', 'place', 'language', 'safe', 'explain', 'age', 'consent'] as const;
export type Step = (typeof beginning)[number];

// What is asked in the beginning, and at which step; it is not asked again among the sections.
const asksAtStep: Readonly<Record<Step, readonly string[]>> = {
  province: [],
  place: ['a_place_kind'],
  language: ['a_language'],
  safe: ['b_safe_place'],
  explain: ['b_information_given'],
  age: ['d_under_18'],
  consent: ['b_consent_screening'],
};

/** Emergencies come first, whatever the form's own order. */
const first = 'c';
/** The section with the six questions of the Washington Group, and these questions. */
export const functioning = 'e';
export const six = ['e_vis', 'e_hear', 'e_mob', 'e_cog', 'e_sc', 'e_com'] as const;
/** What is asked before them. */
export const beforeTheSix = 'e_respondent';

/** Where a form is filled in that is no interview on this phone. */
export interface Host {
  /** The address of its first page. */
  home: string;
  /** The way back from there. */
  back: { href: string; text: string };
  /** Questions whose answers are there and are not shown to who fills the form in: they stay as they are, and are not asked for. */
  withheld: ReadonlySet<string>;
}

/** Where the open form is filled in; null for an interview on this phone. */
export const host = signal<Host | null>(null);

/** An address within an interview. */
export function at(id: string, rest = ''): string {
  const home = host.peek()?.home ?? `/responder/drafts/${id}`;
  return rest === '' ? home : `${home}/${rest}`;
}

/** Where a question is answered. */
export function questionAt(id: string, key: string): string {
  const step = beginning.find((each) => asksAtStep[each].includes(key));
  return at(id, step === undefined ? `question/${key}` : `begin/${step}`);
}

/** Whether a step before the questions has been gone through. */
export function stepDone(step: Step, draft: Draft): boolean {
  if (step === 'province') return draft.province !== undefined;
  return asksAtStep[step].every((key) => draft.answers[key] !== undefined);
}

/** The first step before the questions that is not done; null where all are. */
export function stepToDo(draft: Draft): Step | null {
  return beginning.find((step) => !stepDone(step, draft)) ?? null;
}

/** The step after a step; null after the last. */
export function stepAfter(step: Step): Step | null {
  return beginning[beginning.indexOf(step) + 1] ?? null;
}

/** A section as far as it is asked. */
export interface Section {
  id: string;
  keys: string[];
  /** The keys that have to be answered. */
  required: string[];
  answered: number;
  state: 'done' | 'started' | 'not_started';
}

/** The sections that the answers call for, emergencies first. */
export function sectionsOf(form: Form, answers: Answers): Section[] {
  const { keys, required } = asked(form, answers);
  const inBeginning = new Set<string>(Object.values(asksAtStep).flat());
  const ordered = [...form.sections].sort((a, b) => Number(b.id === first) - Number(a.id === first));
  return ordered.map(({ id, items }) => {
    const own = items.filter((key) => keys.has(key) && !inBeginning.has(key));
    return sectionOf(id, own, own.filter((key) => required.has(key)), answers);
  }).filter((section) => section.keys.length > 0);
}

function sectionOf(id: string, keys: string[], required: string[], answers: Answers): Section {
  const answered = keys.filter((key) => answers[key] !== undefined).length;
  const complete = answered === keys.length || (required.length > 0 && answered > 0 && required.every((key) => answers[key] !== undefined));
  return { id, keys, required, answered, state: answered === 0 ? 'not_started' : complete ? 'done' : 'started' };
}

/** The question after one in its section; null after the last. */
export function questionAfter(form: Form, answers: Answers, key: string): string | null {
  const keys = sectionsOf(form, answers).find((section) => section.keys.includes(key))?.keys ?? [];
  return keys[keys.indexOf(key) + 1] ?? null;
}

/** The question before one in its section; null before the first. */
export function questionBefore(form: Form, answers: Answers, key: string): string | null {
  const keys = sectionsOf(form, answers).find((section) => section.keys.includes(key))?.keys ?? [];
  return keys[keys.indexOf(key) - 1] ?? null;
}

/** Where a section is gone on with: its first question without an answer, or its first. */
export function questionOfSection({ keys }: Section, answers: Answers): string | null {
  return keys.find((key) => answers[key] === undefined) ?? keys[0] ?? null;
}

/** Whether a key is one of the six questions. */
export function isOneOfSix(key: string): boolean {
  return six.some((each) => each === key);
}

/**
 * The six are asked in their order and none is left out: the question that has to come first, where one of those before has no answer;
 * null where this one may be asked.
 */
export function sixBefore(answers: Answers, key: string): string | null {
  const order = [beforeTheSix, ...six];
  const place = order.indexOf(key);
  return order.slice(0, Math.max(place, 0)).find((each) => answers[each] === undefined) ?? null;
}

/** The questions on danger that were answered with yes. */
export function dangers(form: Form, answers: Answers): string[] {
  return [...form.items.values()].filter(({ urgent, key }) => urgent && answers[key]?.value === 'yes').map(({ key }) => key);
}
