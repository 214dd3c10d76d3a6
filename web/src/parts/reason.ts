// Why something was not done, in words.

import { Problem } from '../lib/api.ts';
import { texts } from '../lib/i18n.ts';

const reasons = {
  'case-has-moved': 'moved', 'nothing-to-take': 'nothing', 'other-content': 'otherContent', 'invalid-content': 'invalid',
  'invalid-request': 'invalid', 'step-up-required': 'stepUp', forbidden: 'forbidden', 'not-found': 'missing', erased: 'erased',
  'read-only': 'readOnly', 'case-damaged': 'damaged',
} as const;

/** Why something was not done, in a sentence with what to do next. The rules that refuse commands have words of their own. */
export function reasonOf(error: unknown): string {
  const kind = error instanceof Problem ? error.kind : null;
  return texts('common')(`problem.${reasons[kind as keyof typeof reasons] ?? 'unreachable'}`);
}
