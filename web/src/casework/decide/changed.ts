// What of a case is another than it was: what a decision may rest on, in words, as it was and as it is.

import { texts } from '../../lib/i18n.ts';
import { agency, nameIn } from '../../lib/names.ts';
import type { Case } from '../model.ts';
import { serviceNames, word } from '../parts/words.ts';
import type { CommandForm } from './steps.ts';

/** One thing that is another than it was. */
export interface Difference {
  name: string;
  before: string;
  after: string;
  /** The field of the command that says the same, where there is one. */
  field: string | null;
}

type Line = { name: string; text: string; field?: string };

/** What is another in a case than it was. */
export function differences(form: CommandForm, before: Case, after: Case): Difference[] {
  const [was, is] = [lines(form, before), lines(form, after)];
  const names = [...new Set([...was, ...is].map(({ name }) => name))];
  return names.map((name) => {
    const [a, b] = [was.find((one) => one.name === name), is.find((one) => one.name === name)];
    return { name, before: a?.text ?? '', after: b?.text ?? '', field: a?.field ?? b?.field ?? null };
  }).filter((one) => one.before !== one.after);
}

function lines(form: CommandForm, found: Case): Line[] {
  return [...ofCommand(form, found), ...standing(found), ...handing(found), ...helping(found)];
}

function ofCommand(form: CommandForm, found: Case): Line[] {
  const t = texts('decide');
  return form.steps.flatMap(({ questions }) => questions).flatMap(({ field, label, stands }) => {
    const text = stands?.(found) ?? null;
    return text === null ? [] : [{ name: t(label), text, field }];
  });
}

function standing(found: Case): Line[] {
  const t = texts('decide');
  return [
    { name: t('changed.stage'), text: `${word('stage', found.stage)}: ${word('status', found.status)}` },
    { name: t('changed.agency'), text: agency(found.agency) },
    { name: t('changed.hold'), text: texts('common')(found.hold ? 'page.yes' : 'page.no') },
    ...found.grants.map((grant) => ({
      name: `${t('changed.consent')}: ${word('purpose', grant.purpose)}${grant.recipient ? `, ${agency(grant.recipient)}` : ''}`, text: word('consent', grant.answer),
    })),
    ...found.screenings.map((one, i) => ({ name: `${t('changed.screening')} ${i + 1}`, text: String(one.corrections + 1) })),
    ...found.decisions.map((one, i) => ({
      name: `${word('event', one.type)} ${i + 1}`, text: word(one.type === 'identification.decided' ? 'outcome' : 'grounds', one.result),
    })),
  ];
}

function handing(found: Case): Line[] {
  const t = texts('decide');
  return [
    ...found.referrals.map((one) => ({ name: `${t('changed.referral')}: ${agency(one.to)}, ${serviceNames(one.services)}`, text: word('referral_status', one.status) })),
    ...found.hand_over_requests.map((one) => ({ name: `${t('changed.request')}: ${agency(one.by)}`, text: word('referral_status', one.status) })),
  ];
}

function helping(found: Case): Line[] {
  const t = texts('decide');
  return [
    ...found.services.map((one) => ({
      name: `${t('changed.service')}: ${one.service === null ? '' : nameIn('services', one.service)}, ${agency(one.provider)}`, text: word('service_status', one.status),
    })),
    ...found.periods.map((one) => ({ name: word('period', one.period), text: t(one.running ? 'changed.running' : 'changed.ended') })),
    ...found.claims.map((one) => ({ name: `${t('changed.claim')}: ${nameIn('claim-kinds', one.kind)}`, text: word('claim_step', one.step) })),
    { name: t('changed.shelter'), text: texts('common')(found.shelter ? 'page.yes' : 'page.no') },
    { name: t('changed.team'), text: String(found.team?.members.length ?? 0) },
  ];
}
