// Commands at the first contact, for the person's safety, and on consent.

import { codes } from '../../../lib/codes.ts';
import { texts } from '../../../lib/i18n.ts';
import { closed, kept, thing } from '../options.ts';
import { type Answers, ask, type CommandForm, type Elsewhere, optional, type Question, step, together } from '../steps.ts';
import { withdrawnWords, word } from '../../parts/words.ts';

/** How something was said to the person, or by them. */
export const telling: Question[] = [
  optional(ask('select', 'language', { options: kept('languages', { sorted: true }) })), optional(ask('line', 'interpreter')),
];

const safety: Question[] = [optional(ask('text', 'measures')), optional(ask('text', 'safe_contact'))];

const danger = ask('one', 'danger', { options: closed('danger') });
const from = optional(ask('lines', 'from', { hint: 'hint.from' }));

const purposesGiven: Question = thing('purpose', ({ found }) => codes('purpose')
  .filter((purpose) => found.grants.some((grant) => grant.purpose === purpose && grant.answer === 'given'))
  .map((value) => ({ value, label: word('purpose', value) })));

const agreed = ({ answers }: { answers: Answers }) => answers.agreed === 'true';
const forRecipient = ({ answers }: { answers: Answers }) => answers.purpose !== 'screening';

export const first: Record<string, CommandForm | Elsewhere> = {
  'record-needs': { steps: [step(ask('many', 'needs', { options: closed('need') }))] },
  'assess-safety': { steps: [step(danger), step(from), together('safety', safety)] },
  'assess-risk': { steps: [step(danger), step(from), together('safety', safety), step(optional(ask('moment', 'review_at')))] },
  'give-information': {
    steps: [
      step(ask('many', 'topics', { options: kept('information-topics') })), together('telling', telling), step(ask('yesno', 'understood')),
    ],
  },
  'appoint-representative': {
    steps: [
      step(ask('one', 'kind', { label: 'field.capacity', options: representativeKinds })),
      together('representative', [ask('line', 'name'), optional(ask('text', 'contact'))]),
    ],
  },
  'assess-interests': { steps: [step(ask('text', 'views')), step(ask('text', 'summary'))] },
  'set-hold': { steps: [step(ask('text', 'basis'))] },
  'lift-hold': {
    steps: [together('authority', [ask('line', 'authority.name'), ask('line', 'authority.reference')]), step(ask('text', 'reason'))], signed: true,
    warning: 'warning.lift-hold',
  },
  'record-consent': {
    steps: [
      step(ask('one', 'purpose', { options: closed('purpose') }), { reads: 'consent' }),
      step(optional(ask('select', 'recipient', { hint: 'hint.recipient', options: kept('agencies', { sorted: true }) })), { when: forRecipient }),
      step(ask('yesno', 'agreed')),
      step(optional(ask('many', 'data', { label: 'field.consent_data', hint: 'hint.consent_data', options: closed('data') })), { when: agreed }),
      step(optional(ask('moment', 'until', { label: 'field.consent_until', hint: 'hint.consent_until' })), { when: agreed }),
      together('asking', [...telling, optional(ask('line', 'witness'))]),
      step(optional(ask('text', 'reason', { label: 'field.refusal_reason' })), { when: (about) => !agreed(about) }),
    ],
  },
  'withdraw-consent': {
    steps: [
      step(purposesGiven, { reads: 'consent' }),
      step(optional(ask('select', 'recipient', { hint: 'hint.recipient', options: kept('agencies', { sorted: true }) })), { when: forRecipient }),
      step(optional(ask('text', 'reason'))),
      together('asking', [...telling, optional(ask('line', 'witness'))]),
    ],
    warning: 'warning.withdraw-consent',
  },
  'acknowledge-withdrawal': {
    steps: [step(thing('withdrawal_id', ({ found, reader }) => found.withdrawals.filter(({ waiting }) => waiting.includes(reader.agency))
      .map((one) => ({ value: one.withdrawal_id, label: withdrawnWords(one) }))))],
    warning: 'warning.acknowledge-withdrawal', leaves: true,
  },
};

function representativeKinds() {
  const t = texts('decide');
  return (['guardian', 'state_guardian', 'support_person'] as const).map((value) => ({ value, label: t(`representative.${value}`) }));
}
