// Answers as words, for whoever checks them before they are sent.

import { fullDateTime, momentFrom } from '../../lib/dates.ts';
import { texts } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { baht, word } from '../parts/words.ts';
import { blank, empty, satang } from './answers.ts';
import { yesOrNo } from './question.tsx';
import type { About, Choice, Dissent, Item, Moment, Question } from './steps.ts';

/** What was answered to a question, line by line. */
export function said(question: Question, about: About): string[] {
  const options = question.kind === 'yesno' ? yesOrNo() : question.options?.(about) ?? [];
  const answer = about.answers[question.field] ?? blank(question.kind);
  const [only] = options;
  if (empty(answer)) return [question.thing && options.length === 1 && only !== undefined ? only.label : texts('decide')('check.nothing')];
  switch (question.kind) {
    case 'moment': {
      const at = momentFrom(answer as Moment);
      return at === null ? [] : [fullDateTime(at)];
    }
    case 'many':
    case 'agencies':
      return (answer as string[]).map((value) => labelOf(options, value));
    case 'items':
      return (answer as Item[]).map(({ code, amount }) => `${labelOf(options, code)}: ${baht(satang(amount) ?? 0)}`);
    case 'dissents':
      return (answer as Dissent[]).map((one) => `${agency(one.agency)}: ${word('outcome', one.outcome)}. ${one.reasons}`);
    case 'one':
    case 'select':
    case 'yesno':
      return [labelOf(options, answer as string)];
    default:
      return (answer as string).split('\n');
  }
}

function labelOf(options: readonly Choice[], value: string): string {
  return options.find((one) => one.value === value)?.label ?? value;
}
