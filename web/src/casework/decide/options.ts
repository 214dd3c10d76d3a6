// The answers to choose from: the closed lists, the lists that the service keeps, and the things of the case.

import { now } from '../../lib/clock.ts';
import { type CodeList, codes } from '../../lib/codes.ts';
import { dateTime } from '../../lib/dates.ts';
import { texts } from '../../lib/i18n.ts';
import { agency, entries, type List, nameIn, optionsOf } from '../../lib/names.ts';
import type { Case, Glass, Referral, Service } from '../model.ts';
import { serviceNames, word, words } from '../parts/words.ts';
import { type About, ask, type Choice, type Question } from './steps.ts';

type Options = (about: About) => Choice[];

/** The codes of a closed list, without those that people do not give. */
export function closed(list: CodeList, ...without: string[]): Options {
  return () => (codes(list) as readonly string[]).filter((code) => !without.includes(code)).map((value) => ({ value, label: word(list, value) }));
}

/** The entries of a list that the service keeps. */
export function kept(list: List, { sorted = false } = {}): Options {
  return () => optionsOf(list, { sorted });
}

/** The agencies of the mechanism but one's own, by their names. */
export const others: Options = ({ reader }) => optionsOf('agencies', { sorted: true }).filter(({ value }) => value !== reader.agency);

/** The agencies to which the case may be referred. */
export const receivers: Options = (about) => others(about).filter(({ value }) => goesTo(about.found, value));

/** Whether there may be an agency to which the case may be referred. It is known before the list of agencies has come. */
export function goesAnywhere(found: Case): boolean {
  return ['', ...found.grants.map(({ recipient = '' }) => recipient)].some((recipient) => goesTo(found, recipient));
}

// Something may go there, and no referral waits for its answer.
function goesTo(found: Case, recipient: string): boolean {
  return shareable(found, recipient).length > 0 && !found.referrals.some(({ status, to }) => status === 'pending' && to === recipient);
}

/** A question of which of the case's things a command is about. */
export function thing(field: string, options: Options): Question {
  return ask('one', field, { thing: true, options });
}

/** Which referral. */
export function referral(fits: (one: Referral, about: About) => boolean): Question {
  return thing('referral_id', (about) => about.found.referrals.filter((one) => fits(one, about)).map((one) => ({
    value: one.referral_id, label: texts('casework')('about.referral', { from: agency(one.from), to: agency(one.to), services: serviceNames(one.services) }),
  })));
}

/** Which service. */
export function service(fits: (one: Service, about: About) => boolean, field = 'service_id'): Question {
  return thing(field, (about) => about.found.services.filter((one) => fits(one, about)).map((one) => ({ value: one.service_id, label: serviceWords(one) })));
}

function serviceWords({ service: code, provider }: Service): string {
  const t = texts('casework');
  return t('about.service', { service: code === null ? t('sealed') : nameIn('services', code), provider: agency(provider) });
}

/** Which protected period. */
export function period(fits: (one: Case['periods'][number]) => boolean): Question {
  return thing('period', ({ found }) => found.periods.filter(fits).map((one) => ({ value: one.period, label: word('period', one.period) })));
}

/** Which emergency access. */
export function glass(fits: (one: Glass) => boolean): Question {
  return thing('glass_id', ({ found }) => found.glass.filter(fits).map((one) => ({
    value: one.glass_id,
    label: texts('casework')('about.glass', { agency: agency(one.agency), since: dateTime(one.since), scopes: words('scope', one.scopes) }),
  })));
}

/** Which exclusion. */
export function exclusion(asked: boolean): Question {
  return thing('exclusion_id', ({ found }) => found.exclusions.filter((one) => one.lift_requested === asked).map((one) => ({
    value: one.exclusion_id, label: texts('casework')('about.exclusion', { accused: accused(one), since: dateTime(one.since) }),
  })));
}

function accused({ accused: who }: Case['exclusions'][number]): string {
  if (who === null) return texts('casework')('sealed');
  return who.agency ? agency(who.agency) : (who.account ?? '');
}

/** Which erasure: a case has one at most. */
export const erasure: Question = thing('erasure_id', ({ found }) => (found.erasure === null ? [] : [{
  value: found.erasure.erasure_id,
  label: texts('casework')('about.erasure', { reason: word('erasure_reason', found.erasure.reason), since: dateTime(found.erasure.since) }),
}]));

/**
 * The kinds of data that may go along to an agency, with a referral or with the request of a service, by what the person agreed to for
 * referrals: an answer for that agency stands before the one for all. A child's case does not rest on its agreement.
 */
export function shareable(found: Case, recipient: string): string[] {
  const grants = found.grants.filter(({ purpose }) => purpose === 'referral');
  const grant = grants.find((one) => one.recipient === recipient && recipient !== '') ?? grants.find((one) => !one.recipient);
  if (found.child) return grant?.answer === 'withdrawn' ? [] : [...codes('data')];
  if (grant?.answer !== 'given' || grant.until !== undefined && Date.parse(grant.until) <= now()) return [];
  return grant.data?.length ? [...grant.data] : [...codes('data')];
}

/** What the person is entitled to now; what is urgent is for everybody. */
export const openServices: Options = ({ found }) => entries('services')
  .filter((entry) => {
    const needed = 'entitlement' in entry ? entry.entitlement : undefined;
    const urgent = 'urgent' in entry && entry.urgent === true;
    return urgent || found.entitlements.includes('identified') || found.entitlements.some((one) => one === needed);
  })
  .map(({ code }) => ({ value: code, label: nameIn('services', code) }));

/** What was found of each element of the offences. The means matter for adults alone. */
export function elements(): Question[] {
  return codes('element').map((element) => ask('one', `elements.${element}`, {
    label: `element.${element}`,
    options: (about) => closed('assessment', ...(element === 'means' && about.found.child?.branch === 'child' ? [] : ['not_needed']))(about),
  }));
}

/** The claims that are not at their end. */
export const claimable: Options = ({ found }) => found.claims.filter(({ step }) => step !== 'rejected' && step !== 'paid').map((one) => ({
  value: one.claim_id, label: `${nameIn('claim-kinds', one.kind)}: ${word('claim_step', one.step)}`,
}));

/** The steps that may follow for the claim that was chosen. A claim on the fund has its status checked and its amounts set before. */
export const nextSteps: Options = ({ found, answers }) => {
  const claims = found.claims.filter(({ step }) => step !== 'rejected' && step !== 'paid');
  const claim = claims.find(({ claim_id: id }) => id === answers.claim_id) ?? (claims.length === 1 ? claims[0] : undefined);
  const following: Record<string, string[]> = {
    filed: claim?.kind === 'fund' ? ['status_checked', 'rejected'] : ['submitted'], status_checked: ['amounts_set'], amounts_set: ['approved', 'rejected'],
    submitted: ['approved', 'rejected'], approved: ['paid'],
  };
  return (following[claim?.step ?? ''] ?? []).map((value) => ({ value, label: word('claim_step', value) }));
};
