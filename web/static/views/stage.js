// The cases of one stage, page by page.

import { read } from '../api.js';
import { el, heading, table } from '../dom.js';
import { date, dateTime, number, t, word } from '../i18n.js';
import { agency, province } from '../names.js';
import { caseAddress, queryString, stageAddress } from '../route.js';

/** The stages in their order. */
export const stages = ['frontline', 'screening', 'identification', 'protection'];

const all = 'all'; // the filter that shows closed cases too; every other filter is a status, and none means open ones
const pageSize = 50;

/** Opens the view. counts() gives the present counts of all stages. */
export async function stageView(stage, query, counts, signal) {
  const status = query.get('status') ?? '';
  const after = query.get('after') ?? '';
  let page = await load(signal);

  function load(signal) {
    const filter = status === '' ? { open: 'true' } : { status: status === all ? '' : status };
    return read(`/stages/${encodeURIComponent(stage)}/cases${queryString({ limit: pageSize, after, ...filter })}`, signal);
  }

  return {
    title: () => word('stage', stage),
    draw: () => [
      heading(word('stage', stage)),
      filters(stage, status, stageCount(counts(), stage)),
      page.items.length === 0 ? el('p', { class: 'inset' }, t('list.empty')) : cases(stage, status, page.items),
      pages(stage, status, after, page.next),
    ].filter(Boolean),
    refresh: async (signal) => { page = await load(signal); },
    stage,
  };
}

// A stage's {stage, open, by_status}, or one without cases.
function stageCount(counts, stage) {
  return counts.find((count) => count.stage === stage) ?? { stage, open: 0, by_status: {} };
}

function filters(stage, chosen, count) {
  const choices = [
    { status: '', name: t('list.open'), cases: count.open },
    ...Object.entries(count.by_status).map(([status, cases]) => ({ status, name: word('status', status), cases })),
    { status: all, name: t('list.all') },
  ];
  return el('nav', { class: 'filters', 'aria-label': t('list.filters') },
    el('ul', {}, choices.map(({ status, name, cases }) => el('li', { 'data-key': status },
      el('a', { href: stageAddress(stage, { status }), 'aria-current': status === chosen && 'true' },
        name, cases !== undefined && [' ', el('span', { class: 'count' }, number(cases))])))));
}

function cases(stage, status, rows) {
  const columns = ['reference', 'status', 'agency', 'province', 'since', 'due', 'urgent'].map((name) => t(`column.${name}`));
  return table(caption(stage, status), columns, rows.map((row) => ({ key: row.case_id, cells: cells(row) })));
}

function caption(stage, status) {
  const filter = { '': t('list.open'), [all]: t('list.all') }[status] ?? word('status', status);
  return `${word('stage', stage)}: ${filter}`;
}

function cells(row) {
  return [
    el('a', { href: caseAddress(row.case_id) }, row.case_reference),
    word('status', row.status),
    agency(row.agency),
    province(row.province),
    dateTime(row.since),
    due(row.due_at, row.open),
    row.urgent ? el('strong', { class: 'tag' }, t('urgent.yes')) : t('urgent.no'),
  ];
}

/** The day by which something is due, marked when it has passed and the case still waits. */
export function due(at, waiting) {
  if (!at) return t('due.none');
  const late = waiting && new Date(at) < new Date();
  return [date(at), late && [' ', el('strong', { class: 'tag' }, t('due.late'))]];
}

function pages(stage, status, after, next) {
  if (after === '' && !next) return null;
  return el('nav', { class: 'pages', 'aria-label': t('pages.label') },
    after !== '' && el('a', { href: stageAddress(stage, { status }), 'data-key': 'first' }, t('pages.first')),
    next && el('a', { href: stageAddress(stage, { status, after: next }), 'data-key': 'next' }, t('pages.next')));
}
