// The way through a command: which page comes after which, and their addresses. What a command is about lies in the address by its id.

import { doHref } from '../links.ts';
import { type WrongField, wrongIn } from './answers.ts';
import { type About, type Answers, asked, type CommandForm, type Step } from './steps.ts';

/** The pages of a command that are no steps of questions. */
export const checking = 'check';
export const meanwhile = 'changed';
export const happening = 'happened';

/** What the address says that the command is about: ids of things of the case, and nothing that was written. */
export function givenIn(form: CommandForm, query: URLSearchParams): Answers {
  const things = form.steps.flatMap(({ questions }) => questions).filter(({ thing }) => thing === true);
  return Object.fromEntries(things.flatMap(({ field }) => {
    const value = query.get(field);
    return value === null ? [] : [[field, value]];
  }));
}

/** Writes the addresses of the pages of one command. */
export function way(caseId: string, command: string, given: Answers): (step: string, back?: string) => string {
  return (step, back) => doHref(caseId, command, { ...(given as Record<string, string>), step, back: back ?? null });
}

/** The page after a step: the next one, or the check where all was answered or it was come from there. */
export function after(form: CommandForm, about: About, step: Step, toCheck: boolean): string {
  const steps = asked(form, about);
  if (toCheck) return firstOpen(form, about) ?? checking;
  return steps[steps.findIndex(({ name }) => name === step.name) + 1]?.name ?? checking;
}

/** The first step whose answers cannot be taken; null where all can. */
export function firstOpen(form: CommandForm, about: About): string | null {
  return asked(form, about).find((step) => wrongIn(step, about).length > 0)?.name ?? null;
}

/** What is wrong with all the answers. */
export function wrongWithAll(form: CommandForm, about: About): WrongField[] {
  return asked(form, about).flatMap((step) => wrongIn(step, about));
}

/** The page on which a field is asked. */
export function stepOf(form: CommandForm, field: string): string {
  return form.steps.find(({ questions }) => questions.some((one) => one.field === field))?.name ?? happening;
}
