// Commands by which a case goes from agency to agency, and on its course.

import { texts } from '../../../lib/i18n.ts';
import { agency } from '../../../lib/names.ts';
import { closed, goesAnywhere, kept, openServices, receivers, referral, service, shareable, thing } from '../options.ts';
import { type About, ask, type CommandForm, type Elsewhere, optional, type Question, step, together } from '../steps.ts';
import type { Case, Reader, Referral, Service } from '../../model.ts';
import { word } from '../../parts/words.ts';

const pending = ({ status }: { status: string }) => status === 'pending';
const toReader = (one: Referral, { reader }: About) => pending(one) && one.to === reader.agency;
const askedOfReader = (one: Service, { reader }: About) => one.status === 'requested' && one.provider === reader.agency;

const request = thing('request_id', ({ found }) => found.hand_over_requests.filter(pending).map((one) => ({ value: one.request_id, label: agency(one.by) })));
const note = optional(ask('text', 'note'));

function reasons(list: 'decline-reasons' | 'service-decline-reasons'): Question {
  return ask('one', 'reason', { options: kept(list) });
}

// Which kinds of data go along: those that the consent covers and the reader ticks.
function shared(recipient: string, required: boolean): Question {
  return ask('many', 'data', {
    hint: 'hint.data', required,
    options: ({ found, answers }) => shareable(found, String(answers[recipient] ?? '')).map((value) => ({
      value, label: word('data', value), hint: texts('decide')(`data.${value as 'identity'}`),
    })),
  });
}

const assignee = (found: Case, reader: Reader) => (found.assignee === reader.id ? 'nobody' : 'me');

export const course: Record<string, CommandForm | Elsewhere> = {
  refer: {
    steps: [
      step(ask('many', 'services', { options: openServices })),
      step(ask('select', 'to', { hint: 'hint.to', options: receivers })),
      step(shared('to', true)),
      step(ask('yesno', 'hand_over', { hint: 'hint.hand_over' })),
      step({ ...note, label: 'field.referral_note', hint: 'hint.referral_note' }),
    ],
    signed: true,
    warning: 'warning.refer',
    only: { where: goesAnywhere, otherwise: 'refer.nobody' },
  },
  accept: { steps: [step(referral(toReader))] },
  decline: { steps: [step(referral(toReader)), step(reasons('decline-reasons')), step(note)], leaves: true },
  revoke: {
    steps: [
      step(referral((one, { reader }) => pending(one) && one.from === reader.agency)),
      step(ask('one', 'reason', { options: closed('revoke_reason', 'consent_withdrawn') })),
    ],
  },
  complete: {
    steps: [step(referral((one, { reader }) => one.status === 'accepted' && one.to === reader.agency)), step(optional(ask('text', 'outcome')))],
  },
  assign: {
    steps: [step(ask('one', 'assignee', {
      options: ({ found, reader }) => [
        ...(assignee(found, reader) === 'me' ? [{ value: 'me', label: texts('decide')('assignee.me') }] : []),
        ...(found.assignee ? [{ value: 'nobody', label: texts('decide')('assignee.nobody') }] : []),
      ],
      sends: { nobody: '' },
      stands: (found) => (found.assignee ? texts('decide')('assignee.taken') : texts('decide')('assignee.nobody')),
    }))],
  },
  'request-hand-over': { steps: [step(ask('text', 'reason'))] },
  'grant-hand-over': { steps: [step(request)], warning: 'warning.grant-hand-over', leaves: true },
  'refuse-hand-over': { steps: [step(request), step(reasons('decline-reasons'))] },
  'request-service': {
    steps: [
      step(ask('one', 'service', { options: openServices })),
      step(optional(ask('select', 'provider', { hint: 'hint.provider', options: kept('agencies', { sorted: true }) }))),
      step(optional(service((one) => one.status === 'declined', 'replaces')), { when: ({ found }) => found.services.some(({ status }) => status === 'declined') }),
      step(shared('provider', false), { when: ({ found, answers }) => shareable(found, String(answers.provider ?? '')).length > 0 }),
      step(note),
    ],
  },
  'accept-service': { steps: [step(service(askedOfReader))] },
  'decline-service': { steps: [step(service(askedOfReader)), step(reasons('service-decline-reasons')), step(note)], leaves: true },
  'deliver-service': {
    steps: [step(service((one, { reader }) => one.status === 'accepted' && one.provider === reader.agency)), step(optional(ask('text', 'outcome')))],
  },
  'refuse-service': {
    steps: [step(service(({ status }) => ['requested', 'accepted', 'declined'].includes(status))), step(optional(ask('text', 'reason')))],
  },
  'place-in-shelter': {
    steps: [
      step(optional(ask('select', 'provider', { hint: 'hint.provider', options: kept('agencies', { sorted: true }) }))),
      step(ask('text', 'location', { hint: 'hint.location' })), step(ask('yesno', 'long_term')),
    ],
  },
  'leave-shelter': { steps: [step(ask('one', 'reason', { options: closed('leave_reason') }))] },
  'add-note': { steps: [step(ask('text', 'text')), step(ask('one', 'audience', { options: closed('audience') }))] },
  link: { steps: [step(ask('line', 'other', { hint: 'hint.other' })), step(ask('one', 'kind', { options: kept('link-kinds') }))] },
  'undo-link': { elsewhere: 'summary' },
  'refuse-duplicate': { elsewhere: 'duplicates' },
  'settle-disagreement': {
    steps: [
      step(thing('disagreement_id', ({ found }) => found.disagreements.filter(({ settled }) => !settled)
        .map((one) => ({ value: one.disagreement_id, label: word('subject', one.subject) })))),
      step(ask('one', 'keep', { options: closedKept }), { reads: 'disagreements' }), step(ask('text', 'reason')),
    ],
    signed: true,
  },
  close: { steps: [step(ask('one', 'reason', { options: closed('close_reason') }))], warning: 'warning.close', signed: true },
  reopen: { steps: [together('reopening', [ask('one', 'reason', { options: closed('reopen_reason') }), note])] },
};

function closedKept() {
  const t = texts('decide');
  return (['standing', 'other'] as const).map((value) => ({ value, label: t(`kept.${value}`) }));
}
