// What is wrong with an answer, in words for whoever gives it, by the keyword of the rule.

import { currentTime } from '../../lib/clock.ts';
import { number, texts } from '../../lib/i18n.ts';
import { body, check, checkAnswer, type Fault, type Form, type Item } from './engine.ts';
import type { Answer, Draft } from '../draft.ts';
import type { Json } from './schema.ts';
import { single } from './words.ts';

// What is said of the rules of which nothing more has to be known.
const said: Readonly<Record<string, 'required' | 'future' | 'date' | 'text' | 'order' | 'consistent'>> = {
  required: 'required', minItems: 'required', minProperties: 'required', 'x-not-future': 'future', 'x-partial-date': 'date', format: 'date',
  'x-text': 'text', 'x-order': 'order', 'x-consistent': 'consistent',
};

/** What is said of an answer that breaks a rule. */
export function messageOf(item: Item, keyword: string): string {
  const t = texts('interview');
  const { minimum, maximum, maxLength } = single(item.value);
  switch (keyword) {
    case 'minimum':
    case 'maximum':
      return t('fault.range', { least: number(Number(minimum ?? 0)), most: number(Number(maximum ?? 0)) });
    case 'maxLength':
      return t('fault.length', { most: number(Number(maxLength ?? 200)) });
    case 'type':
      return t(item.widget === 'number' ? 'fault.number' : 'fault.other');
    default:
      return t(`fault.${said[keyword] ?? 'other'}`);
  }
}

/** What is wrong with an answer by itself; null where nothing is. */
export function faultIn(form: Form, item: Item, given: Answer | undefined): string | null {
  if (given === undefined) return null;
  const [found] = checkAnswer(form, item.key, given, currentTime());
  return found === undefined ? null : messageOf(item, found.keyword);
}

/** What the service would not accept of a draft that were finished now. */
export function faultsNow(form: Form, filled: Draft): Fault[] {
  const moment = currentTime();
  return check(form, body(filled, form, moment) as unknown as Json, moment);
}

/** The key of the item that a fault of a body is about; null for one of the whole. */
export function keyOf({ pointer }: Fault): string | null {
  return /^\/answers\/([^/]+)/.exec(pointer)?.[1] ?? null;
}
