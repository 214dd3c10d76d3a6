// What administration knows of the people of the mechanism, and what it can do to their accounts.

import { client, ok, Problem, type Schemas } from '../lib/api.ts';
import { type Key, texts, word } from '../lib/i18n.ts';
import { href } from '../lib/route.ts';
import type { Fault } from '../parts/index.ts';

export type Account = Schemas['Account'];

export const roles = ['responder', 'casemanager', 'team', 'shelter', 'committee', 'auditor', 'admin'] as const;
export type RoleCode = (typeof roles)[number];

/** The accounts of everybody. */
export async function readAccounts(): Promise<Account[]> {
  return (await ok(client.GET('/api/v1/accounts'))).items;
}

/** An account, with the name of who asked for what waits. */
export interface Person extends Account {
  asker: string | undefined;
}

/** One account. */
export async function readAccount(id: string): Promise<Person> {
  const accounts = await readAccounts();
  const named = (wanted: string | undefined) => accounts.find((account) => account.id === wanted);
  const found = named(id);
  if (found === undefined) throw new Problem(404);
  return { ...found, asker: named(found.waiting?.asked_by)?.username };
}

/** A role in words. */
export function roleName(role: string): string {
  return word('common', 'role', role);
}

/** What can be done to somebody's account in one step, after it was said what comes of it. */
export const acts = ['disable', 'enable', 'reset-factors', 'confirm', 'end-sessions'] as const;
export type Act = (typeof acts)[number];

/** Does it to an account as it was shown: what waits is confirmed only where it is still what was shown. */
export async function doTo({ id, waiting }: Account, act: Act): Promise<void> {
  const params = { params: { path: { id } } };
  switch (act) {
    case 'disable':
      await client.POST('/api/v1/accounts/{id}/disable', params);
      return;
    case 'enable':
      await client.POST('/api/v1/accounts/{id}/enable', params);
      return;
    case 'reset-factors':
      await client.POST('/api/v1/accounts/{id}/reset-factors', params);
      return;
    case 'confirm':
      if (waiting === undefined) throw new Problem(404);
      await client.POST('/api/v1/accounts/{id}/confirm', { ...params, body: { digest: waiting.digest } });
      return;
    case 'end-sessions':
      await client.POST('/api/v1/revocations', { body: { user: id } });
  }
}

const refusals: Readonly<Record<string, Key<'account'>>> = {
  'step-up-required': 'account.refusal.stepUp', 'account-refused': 'account.refusal.refused', 'not-found': 'account.refusal.missing',
  forbidden: 'account.refusal.forbidden', 'other-request': 'account.refusal.otherRequest',
};

/** Why administration was refused something, with the way to a stronger sign-in where that is what is missing. */
export function refusal(error: unknown, name?: string): Fault {
  if (!(error instanceof Problem)) throw error;
  const message = texts('account')(refusals[error.kind ?? ''] ?? 'account.refusal.unreachable');
  if (error.kind === 'step-up-required') return { message, href: href('/account/again', { then: location.pathname + location.search }) };
  return name === undefined ? { message } : { name, message };
}
