// Why something about an account was not done.

import { Problem } from '../lib/api.ts';
import { texts, type Key } from '../lib/i18n.ts';
import { href } from '../lib/route.ts';
import type { Fault } from '../parts/index.ts';

const reasons: Readonly<Record<string, Key<'account'>>> = {
  'step-up-required': 'account.refusal.stepUp',
  'wrong-credentials': 'account.refusal.wrong',
  'codes-locked': 'account.refusal.locked',
  'too-many-requests': 'account.refusal.tooMany',
  'not-found': 'account.refusal.missing',
  'account-refused': 'account.refusal.refused',
  forbidden: 'account.refusal.forbidden',
};

// What stands against it, where a person can do something about it.
const rules: Readonly<Record<string, Key<'account'>>> = {
  'factor.not_device_bound': 'account.refusal.copied',
  'factor.set_up_over': 'account.refusal.setUp',
  'factor.challenge_over': 'account.refusal.passkey',
  'factor.not_accepted': 'account.refusal.passkey',
  'invitation.not_good': 'account.refusal.code',
};

/** What went wrong, with the way to a stronger sign-in where that is what is missing. */
export function refusal(error: unknown, name?: string): Fault {
  const t = texts('account');
  if (error instanceof DOMException) return { message: t(error.name === 'InvalidStateError' ? 'account.refusal.passkeyHere' : 'account.refusal.passkey') };
  if (!(error instanceof Problem)) throw error;
  const message = t(rules[error.rule ?? ''] ?? reasons[error.kind ?? ''] ?? 'account.refusal.unreachable');
  if (error.kind === 'step-up-required') return { message, href: againHref() };
  return name === undefined ? { message } : { name, message };
}

/** Where somebody shows again who they are, and comes back from. */
export function againHref(): string {
  return href('/account/again', { then: location.pathname + location.search });
}
