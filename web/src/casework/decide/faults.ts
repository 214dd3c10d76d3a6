// What is wrong with answers, in words that lead to where it can be mended.

import { texts } from '../../lib/i18n.ts';
import type { Fault } from '../../parts/index.ts';
import { happenedAt, type WrongField } from './answers.ts';
import { placeOf } from './question.tsx';
import type { CommandForm, Question } from './steps.ts';

/** The question for when it happened. */
export const happened: Question = { field: happenedAt, kind: 'moment', label: 'field.occurred_at', hint: 'hint.occurred_at', required: false };

/** The question of a field. */
export function questionOf(form: CommandForm, field: string): Question | undefined {
  return field === happenedAt ? happened : form.steps.flatMap(({ questions }) => questions).find((one) => one.field === field);
}

/** What is wrong, as faults of the page with the question, or of another that leads there. */
export function faultsOf(form: CommandForm, wrong: readonly WrongField[], hrefOf?: (field: string) => string): Fault[] {
  const t = texts('decide');
  return wrong.flatMap(({ field, why }) => {
    const question = questionOf(form, field);
    if (question === undefined) return [];
    const message = t(`wrong.${why}`, { field: t(question.label) });
    return [{ name: question.field, at: placeOf(question), message, ...(hrefOf && { href: hrefOf(field) }) }];
  });
}
