// The commands for which the page has a form: which fields, and what of the case they are about. Every other command is left to the
// service's programming interface, and the page says so.

import { codes } from './codes.js';
import { el } from './dom.js';
import { fullDateTime, t, word } from './i18n.js';
import { agency, entries, nameIn, optionsOf } from './names.js';

const text = (name, more = {}) => ({ name, kind: 'text', label: t(`field.${name}`), ...more });
const area = (name, more = {}) => ({ name, kind: 'area', label: t(`field.${name}`), ...more });
const flag = (name) => ({ name, kind: 'flag', label: t(`field.${name}`) });
const moment = (name, more = {}) => ({ name, kind: 'moment', label: t(`field.${name}`), ...more });
const required = { required: true };

// One of a closed list, or several.
function choice(name, list, more = {}) {
  return { name, kind: 'choice', label: t(`field.${name}`), options: options(list), required: true, ...more };
}

function options(list) {
  return codes(list).map((code) => ({ value: code, label: word(list, code) }));
}

function optionsWithout(list, ...left) {
  return options(list).filter(({ value }) => !left.includes(value));
}

// One of a list that the service keeps.
function pick(name, list, more = {}) {
  return { name, kind: 'select', label: t(`field.${name}`), options: [{ value: '', label: t('form.choose') }, ...optionsOf(list, more)], ...more };
}

// Which of the things of the case it is about. One alone needs no answer.
function thing(name, things, id, label) {
  return {
    name, kind: 'choice', label: t(`field.${name}`), required: true, value: things.length === 1 ? things[0][id] : undefined,
    options: things.map((one) => ({ value: one[id], label: label(one) })),
  };
}

function referral(found, fits) {
  return thing('referral_id', found.referrals.filter(fits), 'referral_id', (one) => t('about.referral', {
    from: agency(one.from), to: agency(one.to), services: one.services.map((code) => nameIn('services', code)).join(', '),
  }));
}

function service(found, fits) {
  return thing('service_id', found.services.filter(fits), 'service_id', (one) => t('about.service', {
    service: one.service === null ? t('sealed') : nameIn('services', one.service), provider: agency(one.provider),
  }));
}

function request(found) {
  return thing('request_id', found.hand_over_requests.filter(waits), 'request_id', (one) => agency(one.by));
}

function period(found, fits) {
  return thing('period', found.periods.filter(fits), 'period', (one) => word('period', one.period));
}

function glass(found, fits) {
  return thing('glass_id', found.glass.filter(fits), 'glass_id', (one) => t('about.glass', {
    agency: agency(one.agency), since: fullDateTime(one.since), scopes: scopeWords(one.scopes),
  }));
}

function exclusion(found, lifting) {
  return thing('exclusion_id', found.exclusions.filter((one) => one.lift_requested === lifting), 'exclusion_id', (one) => t('about.exclusion', {
    accused: one.accused === null ? t('sealed') : one.accused.agency ? agency(one.accused.agency) : one.accused.account,
    since: fullDateTime(one.since),
  }));
}

function erasure(found) {
  return thing('erasure_id', found.erasure === null ? [] : [found.erasure], 'erasure_id', (one) => t('about.erasure', {
    reason: word('erasure_reason', one.reason), since: fullDateTime(one.since),
  }));
}

/** The parts of a case that somebody may read in an emergency, in words. */
export function scopeWords(scopes) {
  return scopes.map((code) => word('scope', code)).join(', ');
}

const waits = ({ status }) => status === 'pending';
const asks = (user) => (one) => waits(one) && one.to === user.agency;
const asksService = (user) => (one) => one.status === 'requested' && one.provider === user.agency;
const runs = ({ running }) => running;

function authority() {
  return [text('authority.name', required), text('authority.reference', required)];
}

function declining(list) {
  return [{ name: 'reason', kind: 'choice', label: t('field.reason'), required: true, options: optionsOf(list) }, area('note')];
}

// The data classes of which the person has agreed that they go along for a purpose; a child's agreement is not what it rests on.
function sharedData(found, purpose) {
  const grants = found.grants.filter((grant) => grant.purpose === purpose && grant.answer === 'given');
  const every = grants.length === 0 || grants.some(({ data }) => !data?.length);
  const allowed = codes('data').filter((code) => every || grants.some(({ data }) => data.includes(code)));
  return {
    name: 'data', kind: 'choices', label: t('field.data'), hint: t('hint.data'), required: true,
    options: options('data').filter(({ value }) => allowed.includes(value)),
  };
}

// What the person is entitled to now; what is urgent is for everybody.
function openServices(found) {
  return entries('services')
    .filter((entry) => entry.urgent || found.entitlements.includes(entry.entitlement) || found.entitlements.includes('identified'))
    .map(({ code }) => ({ value: code, label: nameIn('services', code) }));
}

function elements(found) {
  const child = found.child?.branch === 'child';
  return codes('element').map((element) => ({
    name: `elements.${element}`, kind: 'choice', label: word('element', element), required: true,
    options: child && element === 'means' ? options('assessment') : optionsWithout('assessment', 'not_needed'),
  }));
}

// Each is {fields, body}: fields(found, user) the questions, in their order; body what else goes along with the answers.
const forms = {
  assign: { fields: () => [], body: { assignee: 'me' } },
  'add-note': { fields: () => [area('text', required), choice('audience', 'audience', { value: 'case' })] },
  'conclude-screening': {
    fields: (found) => [choice('grounds', 'grounds'), ...elements(found), area('narrative')],
  },
  refer: {
    fields: (found) => [
      pick('to', 'agencies', { ...required, sorted: true }),
      { name: 'services', kind: 'choices', label: t('field.services'), options: openServices(found), required: true },
      sharedData(found, 'referral'), flag('hand_over'), area('note'),
    ],
  },
  accept: { fields: (found, user) => [referral(found, asks(user))] },
  decline: { fields: (found, user) => [referral(found, asks(user)), ...declining('decline-reasons')] },
  revoke: {
    fields: (found, user) => [
      referral(found, (one) => waits(one) && one.from === user.agency),
      choice('reason', 'revoke_reason', { options: optionsWithout('revoke_reason', 'consent_withdrawn') }),
    ],
  },
  complete: {
    fields: (found, user) => [referral(found, (one) => one.status === 'accepted' && one.to === user.agency), area('outcome')],
  },
  'request-hand-over': { fields: () => [area('reason', required)] },
  'grant-hand-over': { fields: (found) => [request(found)] },
  'refuse-hand-over': {
    fields: (found) => [request(found), declining('decline-reasons')[0]],
  },
  'record-consent': {
    fields: () => [
      choice('purpose', 'purpose'),
      { name: 'agreed', kind: 'choice', label: t('field.agreed'), required: true, options: [
        { value: 'true', label: t('answer.yes') }, { value: 'false', label: t('answer.no') },
      ] },
      pick('recipient', 'agencies', { sorted: true, hint: t('hint.recipient') }),
      { name: 'data', kind: 'choices', label: t('field.consent_data'), hint: t('hint.consent_data'), options: options('data') },
      pick('language', 'languages', { sorted: true }), text('interpreter'), text('witness'),
    ],
    change: (values) => ({ ...values, agreed: values.agreed === 'true' }),
  },
  'withdraw-consent': {
    fields: (found) => [
      choice('purpose', 'purpose', {
        options: options('purpose').filter(({ value }) => found.grants.some((grant) => grant.purpose === value && grant.answer === 'given')),
      }),
      area('reason'),
    ],
  },
  'acknowledge-withdrawal': {
    fields: (found, user) => [thing('withdrawal_id', found.withdrawals.filter(({ waiting }) => waiting.includes(user.agency)),
      'withdrawal_id', (one) => word('purpose', one.purpose))],
  },
  'record-needs': {
    fields: () => [{ name: 'needs', kind: 'choices', label: t('field.needs'), required: true, options: options('need') }],
  },
  'assess-risk': { fields: () => [choice('danger', 'danger'), area('measures'), area('safe_contact'), moment('review_at')] },
  'set-hold': { fields: () => [area('basis', required)] },
  'lift-hold': { fields: () => [...authority(), area('reason', required)] },
  'start-period': {
    fields: (found) => [
      choice('period', 'period', {
        options: options('period').filter(({ value }) => !found.periods.some((one) => one.running && one.period === value)),
      }),
    ],
  },
  'extend-period': {
    fields: (found) => [
      period(found, (one) => one.running && one.paused_at === null && one.ends_at !== null), moment('until', required), ...authority(),
    ],
  },
  'pause-period': {
    fields: (found) => [period(found, (one) => one.running && one.paused_at === null), choice('reason', 'pause_reason')],
  },
  'resume-period': { fields: (found) => [period(found, (one) => one.running && one.paused_at !== null)] },
  'end-period': { fields: (found) => [period(found, runs), choice('reason', 'end_reason')] },
  'hold-interview': {
    fields: () => [
      area('notes', required), pick('language', 'languages', { sorted: true }), text('interpreter'), text('present'), text('place'),
      { name: 'adjustments', kind: 'choices', label: t('field.adjustments'), options: optionsOf('accommodations') },
    ],
  },
  'give-finding': {
    fields: (found) => [choice('outcome', 'outcome', { label: t('field.finding') }), ...elements(found), area('reasons', required)],
  },
  'decide-identification': {
    fields: () => [choice('outcome', 'outcome', { label: t('field.decision') }), area('grounds', { ...required, label: t('field.reasons') })],
  },
  'request-reassessment': { fields: () => [choice('reason', 'reassess_reason'), area('note')] },
  'agree-plan': {
    fields: () => [area('wishes', required), area('goals', required), area('actions', required), moment('review_at')],
  },
  'request-service': {
    fields: (found) => [
      { name: 'service', kind: 'choice', label: t('field.service'), options: openServices(found), required: true },
      pick('provider', 'agencies', { sorted: true, hint: t('hint.provider') }), { ...sharedData(found, 'support'), required: false },
      area('note'),
    ],
  },
  'accept-service': { fields: (found, user) => [service(found, asksService(user))] },
  'decline-service': { fields: (found, user) => [service(found, asksService(user)), ...declining('service-decline-reasons')] },
  'deliver-service': {
    fields: (found, user) => [service(found, (one) => one.status === 'accepted' && one.provider === user.agency), area('outcome')],
  },
  'refuse-service': {
    fields: (found) => [service(found, ({ status }) => ['requested', 'accepted', 'declined'].includes(status)), area('reason')],
  },
  'place-in-shelter': {
    fields: () => [
      area('location', { ...required, hint: t('hint.location') }), pick('provider', 'agencies', { sorted: true, hint: t('hint.provider') }),
      flag('long_term'),
    ],
  },
  'leave-shelter': { fields: () => [choice('reason', 'leave_reason')] },
  'follow-up': { fields: () => [area('how', required), moment('next_at')] },
  link: {
    fields: () => [
      text('other', { ...required, hint: t('hint.other') }),
      { name: 'kind', kind: 'choice', label: t('field.kind'), required: true, options: optionsOf('link-kinds') },
    ],
  },
  'settle-disagreement': {
    fields: (found) => [
      thing('disagreement_id', found.disagreements.filter(({ settled }) => !settled), 'disagreement_id',
        (one) => word('subject', one.subject)),
      choice('keep', 'kept'), area('reason', required),
    ],
  },
  exclude: {
    fields: () => [pick('agency', 'agencies', { sorted: true }), text('account'), area('reason', required)],
  },
  'lift-exclusion': { fields: (found) => [exclusion(found, false), area('reason', required)] },
  'approve-lift-exclusion': { fields: (found) => [exclusion(found, true)] },
  'break-glass': {
    fields: () => [
      choice('reason', 'glass_reason'),
      { name: 'scopes', kind: 'choices', label: t('field.scopes'), hint: t('hint.scopes'), required: true, options: optionsWithout('scope', 'statistics') },
      area('text', { ...required, label: t('field.emergency') }),
    ],
  },
  'approve-break-glass': { fields: (found) => [glass(found, (one) => one.approve_by !== null && one.approved_at === null)] },
  'review-break-glass': {
    fields: (found) => [glass(found, (one) => one.reviewed_at === null), choice('verdict', 'verdict'), area('text', { ...required, label: t('field.reasons') })],
  },
  'set-legal-hold': { fields: () => [area('basis', required)] },
  'lift-legal-hold': { fields: () => [area('reason', required)] },
  'request-erasure': {
    fields: () => [choice('reason', 'erasure_reason', { options: optionsWithout('erasure_reason', 'retention') })],
  },
  'approve-erasure': { fields: (found) => [erasure(found)] },
  'refuse-erasure': { fields: (found) => [erasure(found), area('note', required)] },
  close: { fields: () => [choice('reason', 'close_reason')] },
  reopen: { fields: () => [choice('reason', 'reopen_reason'), area('note')] },
};

/** The form of a command; undefined where the page has none. */
export function formOf(command) {
  return Object.hasOwn(forms, command) ? forms[command] : undefined;
}

/** Whether there is something on the case that the user could answer with the command. */
export function concerns(command, found, user) {
  const about = ['referral_id', 'service_id', 'request_id', 'withdrawal_id', 'disagreement_id', 'period', 'glass_id', 'exclusion_id', 'erasure_id'];
  return formOf(command).fields(found, user).every(({ name, options: choices }) => !about.includes(name) || choices.length > 0);
}

/** What the reader should have seen before answering: both answers of each disagreement. */
export function preface(command, found) {
  if (command !== 'settle-disagreement') return null;
  return found.disagreements.filter(({ settled }) => !settled)
    .flatMap((one) => [el('h2', { 'data-key': `heading ${one.disagreement_id}` }, word('subject', one.subject)), bothAnswers(one)]);
}

/** The two answers of a disagreement, side by side. */
export function bothAnswers(one) {
  if (one.answers === null) return el('p', {}, t('sealed'));
  const { question } = one.answers;
  return [question && el('p', { class: 'hint', 'data-key': `question ${one.disagreement_id}` }, t('disagreement.question', { question })), sides(one)];
}

function sides(one) {
  return el('div', { class: 'sides', 'data-key': one.disagreement_id }, codes('kept').map((side) => el('div', {},
    el('h3', {}, word('kept', side)), el('p', {}, answerText(one.subject, one.answers[side])))));
}

const answerLists = { consent: 'consent', screening_conclusion: 'grounds', identification: 'outcome' };

function answerText(subject, json) {
  const value = JSON.parse(json);
  const list = answerLists[subject];
  return list !== undefined && typeof value === 'string' ? wordOf[list](value) : plain(value);
}

const wordOf = {
  consent: (code) => word('consent', code),
  grounds: (code) => word('grounds', code),
  outcome: (code) => word('outcome', code),
};

function plain(value) {
  if (typeof value === 'object' && value !== null && 'value' in value) return plain(value.value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
