// What is wrong with an answer, in words for whoever gives it, by the keyword of the rule.

import { number, texts } from '../../lib/i18n.ts';
import { checkAnswer, type Fault, type Form, type Item } from './engine.ts';
import type { Answer } from '../draft.ts';
import { single } from './words.ts';

/** What is said of an answer that breaks a rule. */
export function messageOf(item: Item, keyword: string): string {
  const t = texts('interview');
  const { minimum, maximum, maxLength } = single(item.value);
  switch (keyword) {
    case 'required':
    case 'minItems':
    case 'minProperties':
      return t('fault.required');
    case 'minimum':
    case 'maximum':
      return t('fault.range', { least: number(Number(minimum ?? 0)), most: number(Number(maximum ?? 0)) });
    case 'maxLength':
      return t('fault.length', { most: number(Number(maxLength ?? 200)) });
    case 'x-not-future':
      return t('fault.future');
    case 'x-partial-date':
    case 'format':
      return t('fault.date');
    case 'x-text':
      return t('fault.text');
    case 'x-order':
      return t('fault.order');
    case 'x-consistent':
      return t('fault.consistent');
    case 'type':
      return t(item.widget === 'number' ? 'fault.number' : 'fault.other');
    default:
      return t('fault.other');
  }
}

/** What is wrong with an answer by itself; null where nothing is. */
export function faultIn(form: Form, item: Item, given: Answer | undefined): string | null {
  if (given === undefined) return null;
  const [found] = checkAnswer(form, item.key, given, new Date());
  return found === undefined ? null : messageOf(item, found.keyword);
}

/** The key of the item that a fault of a body is about; null for one of the whole. */
export function keyOf({ pointer }: Fault): string | null {
  return /^\/answers\/([^/]+)/.exec(pointer)?.[1] ?? null;
}
