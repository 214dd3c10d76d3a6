// The inbox of the reader's agency: what there is to do, and what was asked of it and by it.

import { command as give, read } from '../api.js';
import { due } from '../clock.js';
import { el, heading, table } from '../dom.js';
import { button, errorSummary, form, reading } from '../forms.js';
import { dateTime, number, t, word } from '../i18n.js';
import { agency, optionsOf, province } from '../names.js';
import { commandsOf } from '../permissions.js';
import { problem } from '../problems.js';
import { caseAddress, inboxAddress, queryString } from '../route.js';
import { pastNotice, reasonText } from './case.js';
import { pages, person } from './shared.js';

const boxes = ['tasks', 'escalated', 'incoming', 'outgoing', 'pending', 'closed'];
const taskBoxes = ['tasks', 'escalated'];
const pageSize = 50;
const filters = ['assignee', 'overdue', 'urgent', 'province'];

// How each kind of thing is answered: with yes, with no, and for which reasons.
const referral = { yes: 'accept', no: 'decline', id: 'referral_id', reasons: 'decline-reasons' };
const service = { yes: 'accept-service', no: 'decline-service', id: 'service_id', reasons: 'service-decline-reasons' };
const handOver = { yes: 'grant-hand-over', no: 'refuse-hand-over', id: 'request_id', reasons: 'decline-reasons' };
const answersTo = {
  referral, service, hand_over_request: handOver,
  referral_to_answer: referral, service_to_answer: service, hand_over_to_answer: handOver,
  withdrawal_to_acknowledge: { yes: 'acknowledge-withdrawal', id: 'withdrawal_id' },
};

/** Opens the view. counts() gives the present counts of the inbox. */
export async function inboxView(query, counts, user, signal) {
  const box = query.get('box') ?? boxes[0];
  const after = query.get('after') ?? '';
  const asOf = query.get('as_of');
  const declining = query.get('decline'); // what is being declined
  const chosen = Object.fromEntries(filters.map((name) => [name, query.get(name) ?? '']));
  const keys = new Map();
  let errors = [];
  let failure = null;
  let notice = null;
  let page = await load(signal);

  function load(signal) {
    return read(`/inbox${queryString({ box, limit: pageSize, after, as_of: asOf, ...chosen })}`, signal);
  }

  function found(id) {
    return page.items.find((item) => thingOf(item) === id);
  }

  async function answer(item, command, body) {
    const said = JSON.stringify([item.case_id, command, body]);
    if (!keys.has(said)) keys.set(said, crypto.randomUUID());
    await give(`/cases/${encodeURIComponent(item.case_id)}/${command}`, keys.get(said), body);
    notice = () => t('inbox.done', { command: word('command', command), reference: item.case_reference });
    page = await load();
  }

  const submits = {
    filter: (element) => { location.hash = inboxAddress({ box, ...Object.fromEntries(new FormData(element)) }); },
    accept: (element) => {
      const item = found(new FormData(element).get('thing'));
      const { yes, id } = answersTo[item.kind];
      return answer(item, yes, { [id]: thingOf(item) });
    },
    decline: (element) => decline(element),
    'as-of': (element) => {
      const read = reading(element, asOfFields(asOf));
      errors = read.errors;
      if (errors.length === 0) location.hash = inboxAddress({ box, ...chosen, ...read.values });
    },
  };

  async function decline(element) {
    const item = found(declining);
    const read = reading(element, declineFields(item));
    errors = read.errors;
    if (errors.length > 0) return;
    const { no, id } = answersTo[item.kind];
    const body = { [id]: declining, ...read.values };
    await answer(item, no, body);
  }

  async function submit(element) {
    [errors, failure, notice] = [[], null, null];
    try {
      await submits[element.dataset.form](element);
    } catch (error) {
      if (error.status === undefined || error.status === 401) throw error;
      failure = error;
    }
  }

  function draw() {
    const item = declining === null ? undefined : found(declining);
    const fields = item === undefined ? [] : declineFields(item);
    return [
      errorSummary(t('form.problem'), errors, [...fields, ...asOfFields(asOf)]),
      failure && problem(failure),
      notice && el('p', { class: 'inset done', role: 'status', tabindex: '-1', 'data-key': 'notice' }, notice()),
      heading(t('inbox.heading')),
      asOf !== null && pastNotice(asOf, inboxAddress({ box, ...chosen })),
      boxLinks(box, counts()),
      item !== undefined && answerable(item, user) && asOf === null && declineForm(item, fields, errors, inboxAddress({ box, ...chosen })),
      filterForm(box, chosen),
      list(box, page.items, { user, asOf, here: { box, ...chosen, after } }),
      pages(after && inboxAddress({ box, ...chosen, as_of: asOf }), page.next && inboxAddress({ box, ...chosen, as_of: asOf, after: page.next })),
      el('details', { class: 'more', 'data-key': 'as-of', open: errors.some(({ name }) => name === 'as_of') }, el('summary', {}, t('asOf.heading')),
        form('as-of', { fields: asOfFields(asOf), errors, submit: t('asOf.submit'), label: t('asOf.heading'), look: 'quiet' })),
    ].filter(Boolean);
  }

  return {
    title: () => t('inbox.heading'),
    draw,
    submit,
    refresh: async (signal) => { if (asOf === null) page = await load(signal); },
    list: 'inbox',
  };
}

// The id of what an item of either sort is about.
function thingOf(item) {
  return item.referral_id ?? item.ref;
}

// Whether the reader may answer it here.
function answerable(item, user) {
  const how = answersTo[item.kind];
  if (how === undefined) return false;
  const asked = item.task_id === undefined ? item.status === 'pending' && item.to === user.agency : item.responsible === user.agency;
  return asked && commandsOf(user.role).includes(how.yes);
}

/** How many lie in a box, null where the service does not count them. */
export function boxCount(counts, box) {
  if (box === 'tasks') return counts.agency.items;
  if (box === 'escalated') return counts.agency.boxes.escalated?.items ?? 0;
  return Object.values(counts.boxes[box] ?? {}).reduce((sum, n) => sum + n, 0);
}

function boxLinks(chosen, counts) {
  return el('nav', { class: 'filters', 'data-key': 'boxes', 'aria-label': t('inbox.boxes') },
    el('ul', {}, boxes.map((box) => el('li', { 'data-key': box },
      el('a', { href: inboxAddress({ box }), 'aria-current': box === chosen && 'true' },
        word('box', box), ' ', el('span', { class: 'count' }, number(boxCount(counts, box))))))));
}

function declineFields(item) {
  const { reasons, no } = answersTo[item.kind];
  return [
    { name: 'reason', kind: 'choice', label: t('field.reason'), options: optionsOf(reasons), required: true },
    ...(no === 'refuse-hand-over' ? [] : [{ name: 'note', kind: 'area', label: t('field.note') }]),
  ];
}

function declineForm(item, fields, errors, back) {
  const command = word('command', answersTo[item.kind].no);
  return el('section', { class: 'card', 'data-key': 'declining', 'aria-labelledby': 'declining' },
    el('h2', { id: 'declining' }, t('inbox.declining', { command, reference: item.case_reference })),
    form('decline', { fields, errors, submit: command, label: command }),
    el('p', {}, el('a', { href: back }, t('inbox.leave'))));
}

function filterForm(box, chosen) {
  const any = { value: '', label: t('filter.any') };
  const select = (name, options) => ({ name, kind: 'select', label: t(`filter.${name}`), value: chosen[name], options: [any, ...options] });
  const fixed = (name, values) => values.map((value) => ({ value, label: t(`filter.${name}.${value}`) }));
  return el('search', { class: 'filter-form', 'data-key': 'filter-form', 'aria-label': t('filter.label') }, form('filter', {
    label: t('filter.label'), submit: t('filter.submit'), look: 'quiet',
    fields: [
      ...(taskBoxes.includes(box) ? [select('assignee', fixed('assignee', ['me', 'none']))] : []),
      select('overdue', fixed('overdue', ['true'])),
      select('urgent', fixed('urgent', ['true'])),
      select('province', optionsOf('provinces', { sorted: true })),
    ],
  }));
}

function asOfFields(asOf) {
  return [{ name: 'as_of', kind: 'moment', label: t('asOf.label'), hint: t('asOf.hint'), required: true, value: asOf }];
}

function list(box, items, view) {
  if (items.length === 0) return el('p', { class: 'inset', 'data-key': 'empty' }, t('inbox.empty'));
  const columns = taskBoxes.includes(box) ? taskColumns(view) : referralColumns(view);
  return table(word('box', box), columns.map(([name]) => t(`column.${name}`)), items.map((item) => ({
    key: `${item.case_id} ${item.task_id ?? item.referral_id}`, cells: columns.map(([, cell]) => cell(item)),
  })));
}

function taskColumns({ user, asOf, here }) {
  return [
    ['reference', (item) => caseLink(item, asOf)],
    ['task', (item) => [word('task', item.kind), item.escalated && [' ', el('strong', { class: 'tag', 'data-escalated': true },
      t('inbox.escalated', { agency: agency(item.responsible) }))]]],
    ['stage', (item) => [word('stage', item.stage), el('div', { class: 'hint' }, province(item.province))]],
    ['assignee', (item) => person(item.assignee, user)],
    ['due', (item) => [due(item.due_at, { asOf }), item.rung && el('div', { class: 'hint' }, t('task.missed', { rung: word('rung', item.rung) }))]],
    ['answer', (item) => answerCell(item, user, asOf, here)],
  ];
}

function referralColumns({ user, asOf, here }) {
  return [
    ['reference', (item) => caseLink(item, asOf)],
    ['kind', (item) => [word('referral_kind', item.kind), item.hand_over && item.kind === 'referral' && [', ', t('referral.handOver')]]],
    ['from', (item) => agency(item.from)],
    ['to', (item) => agency(item.to)],
    ['state', (item) => [word('referral_status', item.status), item.reason && [': ', reasonText(item.reason)]]],
    ['sent', (item) => dateTime(item.sent_at)],
    ['due', (item) => due(item.due_at, { waiting: item.status === 'pending', asOf })],
    ['answer', (item) => answerCell(item, user, asOf, here)],
  ];
}

function caseLink(item, asOf) {
  return [
    el('a', { class: 'reference', href: caseAddress(item.case_id, { as_of: asOf }) }, item.case_reference),
    item.urgent && el('div', {}, el('strong', { class: 'tag' }, t('urgent.yes'))),
  ];
}

function answerCell(item, user, asOf, here) {
  if (asOf !== null || !answerable(item, user)) return t('answer.none');
  const { yes, no } = answersTo[item.kind];
  return [
    button('accept', word('command', yes), { thing: thingOf(item) }, item.case_reference),
    no && el('a', { class: 'answer', href: inboxAddress({ ...here, decline: thingOf(item) }) }, word('command', no),
      el('span', { class: 'unseen' }, ` ${item.case_reference}`)),
  ];
}
