// What an account would be once a second administrator has confirmed it, beside what it is now.

import { texts } from '../lib/i18n.ts';
import { agency, province } from '../lib/names.ts';
import { SummaryList, Time } from '../parts/index.ts';
import { type Person, roleName } from './accounts.ts';

/** All that is confirmed: nothing of it may be left for the one who confirms to guess. */
export function WaitingFacts({ account }: { account: Person }) {
  const t = texts('administration');
  const { waiting } = account;
  if (waiting === undefined) return null;
  return (
    <SummaryList facts={[
      { term: t('accounts.role'), value: besideNow(roleName(waiting.role), roleName(account.role)) },
      { term: t('accounts.agency'), value: besideNow(agency(waiting.agency), agency(account.agency)) },
      { term: t('people.provinces'), value: besideNow(provincesOf(waiting.provinces), provincesOf(account.provinces)) },
      { term: t('people.waiting.asker'), value: account.asker },
      { term: t('people.waiting.asked'), value: <Time at={waiting.asked_at} /> },
    ]} />
  );
}

function besideNow(then: string, now: string): string {
  return then === now ? then : texts('administration')('people.waiting.now', { then, now });
}

/** The provinces to which lists are narrowed, in words. */
export function provincesOf(codes: readonly string[]): string {
  return codes.length === 0 ? texts('administration')('people.provinces.all') : codes.map(province).join(', ');
}
