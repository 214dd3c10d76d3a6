// Why something on the phone did not work, in a sentence with what to do next.

import { texts } from '../../lib/i18n.ts';
import { Problem } from '../../lib/problem.ts';
import { Missing } from '../store/missing.ts';

/** What to tell of a failure. */
export function whyNot(error: unknown): string {
  const t = texts('responder');
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return t('fault.full');
  if (error instanceof DOMException && ['NotSupportedError', 'SecurityError'].includes(error.name)) return t('fault.noSecret');
  if (error instanceof DOMException && error.name === 'NotAllowedError') return t('fault.noPasskey');
  if (error instanceof Missing) return t('fault.missing');
  if (error instanceof Problem && error.status === 401) return t('fault.signIn');
  if (error instanceof Problem) return t('fault.unreachable');
  return t('fault.storage');
}
