// Commands of the stages: screening, the protected periods, identification, and protection.

import { word } from '../../parts/words.ts';
import { claimable, closed, elements, kept, nextSteps, others, period, thing } from '../options.ts';
import { ask, type CommandForm, type Elsewhere, optional, type Question, step, together } from '../steps.ts';
import type { Case } from '../../model.ts';
import { telling } from './first.ts';

const authority: Question[] = [ask('line', 'authority.name'), ask('line', 'authority.reference')];
const outcome = (label: 'field.finding' | 'field.decision') => ask('one', 'outcome', { label, options: closed('outcome'), stands: decided('identification.decided', 'outcome') });
const note = optional(ask('text', 'note'));
const items = ask('items', 'items', { hint: 'hint.items', options: kept('fund-items') });

function decided(type: Case['decisions'][number]['type'], list: string) {
  return ({ decisions }: Case) => {
    const last = decisions.findLast((one) => one.type === type);
    return last === undefined ? null : word(list, last.result);
  };
}

export const stages: Record<string, CommandForm | Elsewhere> = {
  'record-screening': { elsewhere: 'form' },
  'correct-screening': { elsewhere: 'form' },
  'conclude-screening': {
    steps: [
      together('elements', elements()),
      step(ask('one', 'grounds', { options: closed('grounds'), stands: decided('screening.concluded', 'grounds') })),
      step(ask('text', 'narrative')),
    ],
    signed: true,
  },
  'start-period': {
    steps: [
      step(ask('one', 'period', {
        options: (about) => closed('period')(about).filter(({ value }) => !about.found.periods.some((one) => one.running && one.period === value)),
      })),
      together('order', authority.map(optional), { when: ({ answers }) => answers.period === 'section_29' }),
    ],
  },
  'extend-period': {
    steps: [step(period((one) => one.running && one.paused_at === null && one.ends_at !== null)), step(ask('moment', 'until')), together('authority', authority)],
    signed: true,
  },
  'pause-period': { steps: [step(period((one) => one.running && one.paused_at === null)), step(ask('one', 'reason', { options: closed('pause_reason') }))] },
  'resume-period': { steps: [step(period((one) => one.running && one.paused_at !== null))] },
  'end-period': {
    steps: [step(period(({ running }) => running)), step(ask('one', 'reason', { options: closed('end_reason') }))], warning: 'warning.end-period', signed: true,
  },
  'convene-team': { steps: [step(ask('agencies', 'members', { hint: 'hint.members', options: others })), step(optional(ask('moment', 'meets_at')))] },
  'hold-interview': {
    steps: [
      together('interview', [...telling, optional(ask('line', 'present')), optional(ask('line', 'place'))]),
      step(optional(ask('many', 'adjustments', { options: kept('accommodations') }))), step(ask('text', 'notes')),
    ],
  },
  'give-finding': {
    steps: [together('elements', elements()), step(outcome('field.finding')), step(ask('text', 'reasons'))], signed: true,
  },
  'decide-identification': {
    steps: [
      step(outcome('field.decision'), { reads: 'findings' }), step(ask('text', 'grounds', { label: 'field.reasons' })),
      step(optional(ask('dissents', 'dissent', { hint: 'hint.dissent', options: others }))),
    ],
    signed: true, warning: 'warning.decide-identification',
  },
  'request-reassessment': { steps: [together('reassessing', [ask('one', 'reason', { options: closed('reassess_reason') }), note])] },
  'agree-plan': { steps: [step(ask('text', 'wishes')), step(ask('text', 'goals')), step(ask('text', 'actions')), step(optional(ask('moment', 'review_at')))], signed: true },
  'file-claim': { steps: [step(ask('one', 'kind', { label: 'field.claim_kind', options: kept('claim-kinds') })), step(items), step(note)] },
  'advance-claim': {
    steps: [
      step(thing('claim_id', claimable)), step(ask('one', 'step', { options: nextSteps })),
      step(optional(items), { when: ({ answers }) => ['amounts_set', 'approved', 'paid'].includes(String(answers.step)) }), step(note),
    ],
    signed: true, warning: 'warning.advance-claim',
  },
  'arrange-return': {
    steps: [
      step(ask('yesno', 'own_wish', { hint: 'hint.own_wish' })), step(ask('select', 'country', { options: kept('countries', { sorted: true }) })),
      together('arrival', [optional(ask('line', 'place', { label: 'field.return_place' })), optional(ask('line', 'received_by'))]),
      step(ask('text', 'assessment', { hint: 'hint.assessment' })),
    ],
    signed: true,
  },
  'complete-return': { steps: [step(note)] },
  'follow-up': { steps: [step(ask('text', 'how')), step(optional(ask('moment', 'next_at')))] },
};
