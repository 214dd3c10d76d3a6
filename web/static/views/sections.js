// The parts of a case, each left away where there is nothing of it.

import { bothAnswers } from '../actions.js';
import { due } from '../clock.js';
import { el, facts, table } from '../dom.js';
import { button } from '../forms.js';
import { dateTime, fullDateTime, language, number, t, word } from '../i18n.js';
import { agency, nameIn } from '../names.js';
import { mayGive } from '../permissions.js';
import { actionAddress, caseAddress } from '../route.js';
import { person } from './shared.js';

/** All sections of a case in their order. */
export function sections(view) {
  return [
    tasks, periods, who, accommodations, consents, withdrawals, referrals, requests, team, decisions, services, shelter, claims, duplicates,
    links, disagreements, files, records,
  ].map((section) => section(view));
}

function part(name, ...content) {
  return el('section', { 'data-key': `part-${name}`, 'aria-labelledby': `part-${name}` },
    el('h2', { id: `part-${name}` }, t(`part.${name}`)), content);
}

// A table of a list; nothing of an empty one. Columns are [name, cell] pairs.
function listed(name, list, key, columns) {
  if (list.length === 0) return null;
  return part(name, table(t(`part.${name}`), columns.map(([column]) => t(`column.${column}`)),
    list.map((one, i) => ({ key: one[key] ?? i, cells: columns.map(([, cell]) => cell(one)) })), { hidden: true }));
}

function tasks({ found, user, asOf }) {
  if (found.tasks.length === 0) return found.open ? part('tasks', el('p', {}, t('tasks.none'))) : null;
  return listed('tasks', found.tasks, 'id', [
    ['task', (one) => [word('task', one.kind), one.missed > 0 && [' ', el('span', { class: 'hint' }, t('task.missed', { rung: word('rung', one.rung) }))]]],
    ['agency', (one) => agency(one.agency)],
    ['assignee', (one) => person(one.assignee, user)],
    ['due', (one) => due(one.due_at, { asOf })],
    ['limit', (one) => one.limit_source ?? t('due.none')],
  ]);
}

// The protected periods: s.29 of the Act and the reflection period, each with its own clock.
function periods({ found, asOf }) {
  return listed('periods', found.periods, 'period', [
    ['period', (one) => word('period', one.period)],
    ['state', (one) => word('period_state', periodState(one))],
    ['started', (one) => fullDateTime(one.started_at)],
    ['ends', (one) => due(one.ends_at, { waiting: one.running && one.paused_at === null, asOf, full: true })],
    ['limit', (one) => one.limit_source ?? t('due.none')],
  ]);
}

function periodState({ running, paused_at: paused, over }) {
  if (!running) return 'ended';
  if (paused !== null) return 'paused';
  return over ? 'over' : 'running';
}

// Who the person is, as they said it, where the reader may know.
function who({ found }) {
  const latest = found.screenings.at(-1);
  if (latest === undefined) return null;
  const identity = Object.entries(latest.identity ?? {}).filter(([, answer]) => typeof answer?.value === 'string');
  return part('person',
    latest.identity === null ? el('p', {}, t('sealed')) : facts(identity.map(([name, { value }]) => [word('person', name), value])),
    latest.findings && facts(findings(latest.findings)),
    found.screenings.map((one) => el('p', { class: 'hint', 'data-key': one.screening_id },
      t('screening.one', { version: number(one.form_version), corrections: number(one.corrections) }), ' ', dateTime(one.happened_at))));
}

function findings({ elements = {}, wg }) {
  return [
    ...Object.entries(elements).map(([element, assessment]) => [word('element', element), word('assessment', assessment)]),
    [t('wg.label'), wg?.applicable ? (wg.disability3 ? t('wg.yes') : t('wg.no')) : null],
  ];
}

function accommodations({ found }) {
  if (found.accommodations.length === 0) return null;
  return part('accommodations', el('p', { class: 'hint' }, t('accommodations.explained')),
    el('ul', {}, found.accommodations.map((one) => el('li', { 'data-key': one.code }, one[language()]))));
}

function dataClasses(data) {
  return data?.length ? data.map((code) => word('data', code)).join(', ') : t('data.all');
}

function consents({ found }) {
  return listed('consents', found.grants, 'none', [
    ['purpose', (one) => word('purpose', one.purpose)],
    ['answer', (one) => word('consent', one.answer)],
    ['recipient', (one) => (one.recipient ? agency(one.recipient) : t('recipient.all'))],
    ['data', (one) => dataClasses(one.data)],
    ['until', (one) => fullDateTime(one.until) ?? t('until.end')],
  ]);
}

function withdrawals({ found, asOf }) {
  return listed('withdrawals', found.withdrawals, 'withdrawal_id', [
    ['purpose', (one) => word('purpose', one.purpose)],
    ['withdrawn', (one) => dateTime(one.since)],
    ['waiting', (one) => (one.waiting.length === 0 ? t('withdrawal.all') : one.waiting.map(agency).join(', '))],
    ['due', (one) => due(one.due_at, { waiting: one.waiting.length > 0, asOf })],
  ]);
}

function serviceNames(list) {
  return list.map((code) => nameIn('services', code)).join(', ');
}

function referrals({ found, user, asOf }) {
  return listed('referrals', found.referrals, 'referral_id', [
    ['to', (one) => [agency(one.to), one.hand_over && el('span', { class: 'hint' }, ` ${t('referral.handOver')}`)]],
    ['from', (one) => agency(one.from)],
    ['services', (one) => serviceNames(one.services)],
    ['data', (one) => dataClasses(one.data)],
    ['status', (one) => [word('referral_status', one.status), answers(found, user, asOf, one.status === 'pending' && one.to === user.agency,
      ['accept', 'decline'], { referral_id: one.referral_id })]],
    ['sent', (one) => dateTime(one.sent_at)],
    ['due', (one) => due(one.due_at, { waiting: one.status === 'pending', asOf })],
  ]);
}

// The links to the forms that answer one thing.
function answers(found, user, asOf, waits, commands, parameters) {
  if (!waits || asOf !== null) return null;
  return commands.filter((command) => mayGive(found, command)).map((command) => [' ',
    el('a', { class: 'answer', href: actionAddress(found.case_id, command, parameters) }, word('command', command))]);
}

function requests({ found, user, asOf }) {
  return listed('requests', found.hand_over_requests, 'request_id', [
    ['agency', (one) => agency(one.by)],
    ['status', (one) => [word('referral_status', one.status), answers(found, user, asOf, one.status === 'pending' && found.agency === user.agency,
      ['grant-hand-over', 'refuse-hand-over'], { request_id: one.request_id })]],
    ['since', (one) => dateTime(one.since)],
    ['due', (one) => due(one.due_at, { waiting: one.status === 'pending', asOf })],
  ]);
}

function team({ found }) {
  if (found.team === null) return null;
  return listed('team', found.team.members, 'agency', [
    ['agency', (one) => agency(one.agency)],
    ['finding', (one) => (one.heard ? t('team.heard') : t('team.notHeard'))],
  ]);
}

function decisions({ found }) {
  return listed('decisions', found.decisions, 'none', [
    ['decision', (one) => word('event', one.type)],
    ['result', (one) => (one.type === 'screening.concluded' ? word('grounds', one.result) : decided(one))],
    ['when', (one) => dateTime(one.happened_at)],
    ['reasons', (one) => (one.reasons === null ? t('sealed') : [one.reasons.grounds ?? one.reasons.narrative ?? '', dissent(one.reasons)])],
  ]);
}

function decided({ result, reasons }) {
  return reasons?.outcome ? word('outcome', reasons.outcome) : word('status', result);
}

function dissent({ dissent: others }) {
  if (!others?.length) return null;
  return el('ul', {}, others.map((one) => el('li', {},
    t('decision.dissent', { agency: agency(one.agency), outcome: word('outcome', one.outcome), reasons: one.reasons }))));
}

function services({ found, user, asOf }) {
  return listed('services', found.services, 'service_id', [
    ['service', (one) => (one.service === null ? t('sealed') : nameIn('services', one.service))],
    ['provider', (one) => agency(one.provider)],
    ['status', (one) => [word('service_status', one.status), answers(found, user, asOf,
      one.status === 'requested' && one.provider === user.agency, ['accept-service', 'decline-service'], { service_id: one.service_id })]],
    ['since', (one) => dateTime(one.since)],
    ['due', (one) => due(one.due_at, { waiting: one.status === 'requested', asOf })],
  ]);
}

// Where the person is, is shown to those to whom the service tells it, and to nobody else.
function shelter({ found: { shelter: placed, return: home } }) {
  if (placed === null && !home) return null;
  return part('shelter', facts([
    [t('column.provider'), placed && agency(placed.provider)],
    [t('column.since'), placed && fullDateTime(placed.since)],
    [t('shelter.location'), placed && (placed.location ?? t('shelter.withheld'))],
    [t('case.return'), home ? word('return', home) : null],
  ]));
}

function claims({ found }) {
  return listed('claims', found.claims, 'claim_id', [
    ['claim', (one) => nameIn('claim-kinds', one.kind)],
    ['step', (one) => word('claim_step', one.step)],
    ['since', (one) => dateTime(one.since)],
  ]);
}

function kinds(list) {
  return list?.length ? list.map((kind) => word('evidence', kind)).join(', ') : t('evidence.none');
}

function duplicates({ found, duplicates: list }) {
  const open = list.filter(({ state }) => state === 'proposed');
  if (open.length === 0) return null;
  return part('duplicates', el('p', { class: 'hint' }, t('duplicates.explained')), open.map((one) => el('div', { class: 'card', 'data-key': one.case_id },
    el('h3', {}, el('a', { href: caseAddress(one.case_id) }, t('case.title', { reference: one.case_reference }))),
    facts([
      [t('column.agency'), agency(one.agency)],
      [t('evidence.score'), number(one.score)],
      [t('evidence.agree'), kinds(one.evidence.agree)],
      [t('evidence.differ'), kinds(one.evidence.differ)],
    ]),
    mayGive(found, 'link') && el('div', { class: 'buttons' },
      button('link', t('duplicates.link'), { command: 'link', other: one.case_id, kind: 'same_person' }, one.case_reference),
      button('refuse', t('duplicates.refuse'), { command: 'refuse-duplicate', other: one.case_id }, one.case_reference)))));
}

function links({ found, asOf }) {
  return listed('links', found.links, 'link_id', [
    ['kind', (one) => nameIn('link-kinds', one.kind)],
    ['case', (one) => el('a', { href: caseAddress(one.other) }, t('links.open'))],
    ['undo', (one) => (one.made_here && asOf === null && mayGive(found, 'undo-link')
      ? button('undo', word('command', 'undo-link'), { command: 'undo-link', link_id: one.link_id }, nameIn('link-kinds', one.kind))
      : t('links.there'))],
  ]);
}

function disagreements({ found, asOf }) {
  if (found.disagreements.length === 0) return null;
  return part('disagreements', found.disagreements.map((one) => el('div', { class: 'card', 'data-key': one.disagreement_id },
    el('h3', {}, word('subject', one.subject)),
    el('p', { class: 'hint' }, one.settled ? t('disagreement.settled') : t('disagreement.open'), ' ', dateTime(one.since)),
    bothAnswers(one),
    !one.settled && asOf === null && mayGive(found, 'settle-disagreement') && el('p', {},
      el('a', { class: 'answer', href: actionAddress(found.case_id, 'settle-disagreement', { disagreement_id: one.disagreement_id }) },
        word('command', 'settle-disagreement'))))));
}

function files({ found }) {
  return listed('files', found.files, 'file_id', [
    ['file', (one) => (one.details === null ? t('sealed') : el('a', {
      href: `/api/v1/cases/${encodeURIComponent(found.case_id)}/files/${encodeURIComponent(one.file_id)}`, download: true,
    }, one.details.name, one.details.original && el('span', { class: 'hint' }, ' ', t('file.original'))))],
    ['size', (one) => t('file.size', { kibibytes: number(Math.ceil(one.size / 1024)) })],
    ['added', (one) => dateTime(one.added_at)],
  ]);
}

// What was written down beside: notes, interviews, assessments, plans. What is sealed to the reader is said to be so.
function records({ found }) {
  if (found.records.length === 0) return null;
  return part('records', [...found.records].reverse().map((one, i) => el('details', { 'data-key': `${one.number} ${one.type} ${i}` },
    el('summary', {}, word('event', one.type), ' ', dateTime(one.happened_at), `, ${agency(one.agency)}`),
    Object.entries(one.parts).map(([name, value]) => (value === null ? el('p', {}, t('sealed')) : facts(flat(name, value)))))));
}

// The values of a record with the names of their fields.
function flat(name, value) {
  if (typeof value !== 'object') return [[word('part_name', name), String(value)]];
  if (Array.isArray(value)) return [[word('part_name', name), value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : recordWord(one))).join(', ')]];
  return Object.entries(value).flatMap(([inner, more]) => (more === null ? [] : flat(inner, recordOf(more))));
}

function recordOf(value) {
  return typeof value === 'string' ? recordWord(value) : value;
}

function recordWord(code) {
  const words = [word('need', code), word('danger', code), word('assessment', code), word('outcome', code), nameIn('languages', code)];
  return words.find((text) => text !== code) ?? code;
}
