// The queue of one stage: filters, counts, the next case to take, and the cases page by page.

import { command, put, read, remove } from '../api.js';
import { due } from '../clock.js';
import { codes } from '../codes.js';
import { el, heading, table } from '../dom.js';
import { button, errorSummary, form, reading } from '../forms.js';
import { dateTime, number, t, word } from '../i18n.js';
import { leaveNotice } from '../notices.js';
import { agency, optionsOf, province } from '../names.js';
import { commandsOf } from '../permissions.js';
import { problem } from '../problems.js';
import { caseAddress, queryString, stageAddress } from '../route.js';
import { pastNotice } from './case.js';
import { pages, person } from './shared.js';

const all = 'all'; // the status that stands for closed cases too; none stands for open ones
const pageSize = 50;
const filters = ['status', 'province', 'assignee', 'due', 'urgent', 'language', 'order'];

/** Opens the view. counts() gives the present counts of all stages. */
export async function stageView(stage, query, counts, user, signal) {
  const chosen = Object.fromEntries(filters.map((name) => [name, query.get(name) ?? '']));
  const after = query.get('after') ?? '';
  const asOf = query.get('as_of');
  const path = `/stages/${encodeURIComponent(stage)}`;
  let key = crypto.randomUUID(); // of the next case to be taken
  let errors = [];
  let failure = null;
  let [page, saved] = await Promise.all([load(signal), loadSaved(signal)]);

  function load(signal) {
    return read(`${path}/cases${queryString({ limit: pageSize, after, as_of: asOf, ...parameters(chosen) })}`, signal);
  }

  async function loadSaved(signal) {
    return (await read('/filters', signal)).items.filter((filter) => filter.stage === stage);
  }

  const submits = {
    filter: (element) => { location.hash = stageAddress(stage, Object.fromEntries(new FormData(element))); },
    take: () => takeNext(),
    save: (element) => save(element),
    forget: async (element) => {
      await remove(`/filters/${encodeURIComponent(new FormData(element).get('name'))}`);
      saved = await loadSaved();
    },
    'as-of': (element) => {
      const read = reading(element, asOfFields(asOf));
      errors = read.errors;
      if (errors.length === 0) location.hash = stageAddress(stage, { ...chosen, ...read.values });
    },
  };

  async function submit(element) {
    [errors, failure] = [[], null];
    try {
      await submits[element.dataset.form](element);
    } catch (error) {
      if (error.status === undefined || error.status === 401) throw error;
      failure = error;
    }
  }

  async function takeNext() {
    const { order, open, assignee, ...conditions } = parameters(chosen);
    const receipt = await command(`${path}/take${queryString(conditions)}`, key);
    key = crypto.randomUUID();
    leaveNotice(() => t('take.done', { reference: receipt.case_reference }));
    location.hash = caseAddress(receipt.case_id);
  }

  async function save(element) {
    const read = reading(element, saveFields());
    errors = read.errors;
    if (errors.length > 0) return;
    await put(`/filters/${encodeURIComponent(read.values.name)}`, { stage, query: queryString(parameters(chosen)).slice(1) });
    element.reset();
    saved = await loadSaved();
  }

  function draw() {
    const count = countOf(counts(), stage);
    return [
      errorSummary(t('form.problem'), errors, [...asOfFields(asOf), ...saveFields()]),
      failure && problem(failure),
      heading(word('stage', stage)),
      asOf === null
        ? el('div', { class: 'bar', 'data-key': 'bar' }, quick(stage, chosen, count), mayTake(user) && takeForm())
        : pastNotice(asOf, stageAddress(stage, chosen)),
      filterForm(chosen, count),
      page.items.length === 0 ? el('p', { class: 'inset', 'data-key': 'empty' }, t('list.empty')) : cases(stage, chosen, page.items, user, asOf),
      pages(after && stageAddress(stage, { ...chosen, as_of: asOf }), page.next && stageAddress(stage, { ...chosen, as_of: asOf, after: page.next })),
      savedFilters(saved, stage, errors),
      el('details', { class: 'more', 'data-key': 'as-of', open: errors.some(({ name }) => name === 'as_of') }, el('summary', {}, t('asOf.heading')),
        form('as-of', { fields: asOfFields(asOf), errors, submit: t('asOf.submit'), label: t('asOf.heading'), look: 'quiet' })),
    ].filter(Boolean);
  }

  return {
    title: () => word('stage', stage),
    draw,
    submit,
    refresh: async (signal) => { if (asOf === null) page = await load(signal); },
    stage,
  };
}

// What the service is asked for.
function parameters({ status, ...rest }) {
  if (status === '') return { open: 'true', ...rest };
  return status === all ? rest : { status, ...rest };
}

// What the page's address says for a filter that was saved.
function chosenBy(saved) {
  const query = new URLSearchParams(saved);
  const chosen = Object.fromEntries(filters.map((name) => [name, query.get(name)]));
  return chosen.status === null && !query.has('open') ? { ...chosen, status: all } : chosen;
}

// A stage's count, or that of one without cases.
function countOf(counts, stage) {
  return counts.find((count) => count.stage === stage) ?? { stage, open: 0, unassigned: 0, overdue: 0, overdue_more: false, by_status: {} };
}

// The links to what is asked for most, with their counts.
function quick(stage, chosen, count) {
  const choices = [
    { name: 'open', cases: number(count.open), filter: {} },
    { name: 'overdue', cases: number(count.overdue) + (count.overdue_more ? '+' : ''), filter: { due: 'overdue' } },
    { name: 'unassigned', cases: number(count.unassigned), filter: { assignee: 'none' } },
    { name: 'mine', filter: { assignee: 'me' } },
  ];
  const present = queryString(chosen);
  return el('nav', { class: 'filters', 'data-key': 'quick', 'aria-label': t('list.filters') },
    el('ul', {}, choices.map(({ name, cases, filter }) => el('li', { 'data-key': name },
      el('a', { href: stageAddress(stage, filter), 'aria-current': queryString(filter) === present && 'true' },
        t(`list.${name}`), cases !== undefined && [' ', el('span', { class: 'count' }, cases)])))));
}

function mayTake(user) {
  return commandsOf(user.role).includes('assign');
}

function takeForm() {
  return form('take', { fields: [], submit: t('take.submit'), label: t('take.submit') });
}

function filterForm(chosen, count) {
  const status = (code) => ({
    value: code, label: count.by_status[code] === undefined ? word('status', code) : `${word('status', code)} (${number(count.by_status[code])})`,
  });
  const select = (name, options) => ({ name, kind: 'select', label: t(`filter.${name}`), value: chosen[name], options });
  const any = { value: '', label: t('filter.any') };
  const fixed = (name, values) => values.map((value) => ({ value, label: t(`filter.${name}.${value}`) }));
  return el('search', { class: 'filter-form', 'data-key': 'filter-form', 'aria-label': t('filter.label') }, form('filter', {
    label: t('filter.label'), submit: t('filter.submit'), look: 'quiet',
    fields: [
      select('status', [{ value: '', label: t('list.open') }, ...codes('status').map(status), { value: all, label: t('list.all') }]),
      select('province', [any, ...optionsOf('provinces', { sorted: true })]),
      select('assignee', [any, ...fixed('assignee', ['me', 'none'])]),
      select('due', [any, ...fixed('due', ['overdue', 'today', 'week', 'none'])]),
      select('urgent', [any, ...fixed('urgent', ['true'])]),
      select('language', [any, ...optionsOf('languages', { sorted: true })]),
      select('order', [{ value: '', label: t('filter.order.queue') }, ...fixed('order', ['due', 'newest', 'oldest', 'reference'])]),
    ],
  }));
}

function saveFields() {
  return [{ name: 'name', kind: 'text', label: t('saved.name'), required: true }];
}

function asOfFields(asOf) {
  return [{ name: 'as_of', kind: 'moment', label: t('asOf.label'), hint: t('asOf.hint'), required: true, value: asOf }];
}

function savedFilters(saved, stage, errors) {
  return el('details', { class: 'more', 'data-key': 'saved', open: errors.some(({ name }) => name === 'name') },
    el('summary', {}, `${t('saved.heading')} (${number(saved.length)})`),
    saved.length > 0 && el('ul', { class: 'saved' }, saved.map(({ name, query }) => el('li', { 'data-key': name },
      el('a', { href: stageAddress(stage, chosenBy(query)) }, name), button('forget', t('saved.forget'), { name }, name)))),
    form('save', { fields: saveFields(), errors, submit: t('saved.submit'), label: t('saved.heading'), look: 'quiet' }));
}

function cases(stage, chosen, rows, user, asOf) {
  const columns = ['reference', 'status', 'tasks', 'assignee', 'agency', 'since', 'due'].map((name) => t(`column.${name}`));
  return table(caption(stage, chosen), columns, rows.map((row) => ({ key: row.case_id, cells: cells(row, user, asOf) })));
}

function caption(stage, { status }) {
  const filter = { '': t('list.open'), [all]: t('list.all') }[status] ?? word('status', status);
  return `${word('stage', stage)}: ${filter}`;
}

function cells(row, user, asOf) {
  return [
    [el('a', { class: 'reference', href: caseAddress(row.case_id, { as_of: asOf }) }, row.case_reference),
      row.urgent && el('div', {}, el('strong', { class: 'tag' }, t('urgent.yes')))],
    word('status', row.status),
    row.tasks.length === 0 ? t('tasks.none') : el('ul', { class: 'plain' }, row.tasks.map((kind) => el('li', {}, word('task', kind)))),
    person(row.assignee, user),
    [agency(row.agency), el('div', { class: 'hint' }, province(row.province))],
    dateTime(row.since),
    [due(row.due_at, { waiting: row.open, asOf }), row.rung && el('div', { class: 'hint' }, t('task.missed', { rung: word('rung', row.rung) }))],
  ];
}
