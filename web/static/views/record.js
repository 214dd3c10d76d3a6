// The access record: who opened a case; and for the auditor, what is out of the ordinary and what somebody opened.

import { post, read, readLines } from '../api.js';
import { el, heading, table } from '../dom.js';
import { button, errorSummary, form, reading } from '../forms.js';
import { fullDateTime, number, t, word } from '../i18n.js';
import { agency } from '../names.js';
import { caseAddress, openingsAddress, queryString, recordAddress } from '../route.js';
import { pages } from './shared.js';

const kinds = ['account', 'device', 'session', 'agency'];
const shownLines = 200; // of a report; the file has all

/** Opens the list of who opened a case. */
export async function openingsView(id, query, signal) {
  const after = query.get('after') ?? '';
  const page = await read(`/cases/${encodeURIComponent(id)}/access-log${queryString({ after })}`, signal);
  return {
    title: () => t('openings.heading'),
    draw: () => [
      el('p', {}, el('a', { href: caseAddress(id) }, t('openings.back'))),
      heading(t('openings.heading')),
      el('p', { 'data-key': 'about' }, t('openings.about')),
      openingTable(page.items),
      pages(after && openingsAddress(id), page.next && openingsAddress(id, { after: page.next })),
    ].filter(Boolean),
  };
}

function openingTable(openings) {
  const columns = ['when', 'who', 'agency', 'purpose', 'action', 'classes', 'outcome'].map((name) => t(`column.${name}`));
  return table(t('openings.heading'), columns, openings.map((one) => ({
    key: one.entry_id,
    cells: [
      fullDateTime(one.at), who(one), agency(one.agency), word('access_purpose', one.purpose), one.action, classes(one.classes),
      word('access_outcome', one.outcome),
    ],
  })), { hidden: true });
}

function who({ role, account_id: account }) {
  return [word('role', role), ' ', el('code', {}, account)];
}

function classes(opened) {
  return opened.map((name) => word('class', name)).join(', ');
}

/** Opens what an auditor looks after. */
export async function recordView(query, signal) {
  const after = query.get('after') ?? '';
  let alerts = await load(signal);
  let errors = [];
  let report = null; // {address, rows}
  let asked = {};

  function load(signal) {
    return read(`/access-alerts${queryString({ after })}`, signal);
  }

  function fields() {
    return [
      {
        name: 'kind', kind: 'select', label: t('report.kind'), required: true, value: asked.kind,
        options: kinds.map((value) => ({ value, label: t(`report.kind.${value}`) })),
      },
      { name: 'value', label: t('report.value'), required: true, value: asked.value, plain: true },
      { name: 'from', kind: 'moment', label: t('report.from'), hint: t('asOf.hint'), required: true, value: asked.from },
      { name: 'until', kind: 'moment', label: t('report.until'), value: asked.until },
    ];
  }

  async function submit(element) {
    if (element.dataset.form === 'acknowledge') {
      await post(`/access-alerts/${encodeURIComponent(new FormData(element).get('alert'))}/acknowledge`);
      alerts = await load();
      return;
    }
    const { values, errors: wrong } = reading(element, fields());
    [asked, errors, report] = [values, wrong, null];
    if (wrong.length > 0) return;
    const parameters = queryString({ [values.kind]: values.value, from: values.from, until: values.until });
    report = { parameters, rows: await readLines(`/access-report${parameters}`) };
  }

  return {
    title: () => t('record.heading'),
    draw: () => [
      errorSummary(t('form.problem'), errors, fields()),
      heading(t('record.heading')),
      el('p', { role: 'status', 'data-key': 'unread' }, t('alerts.unread', { count: number(alerts.unread) })),
      alerts.items.length === 0 ? el('p', { class: 'inset', 'data-key': 'empty' }, t('alerts.none')) : alertTable(alerts.items),
      pages(after && recordAddress(), alerts.next && recordAddress({ after: alerts.next })),
      el('h2', { 'data-key': 'report-heading' }, t('report.heading')),
      el('p', { 'data-key': 'report-about' }, t('report.about')),
      form('report', { fields: fields(), errors, submit: t('report.submit'), label: t('report.heading') }),
      report && found(report),
    ].flat().filter(Boolean),
    refresh: async (signal) => { alerts = await load(signal); },
    submit,
    list: 'record',
  };
}

function alertTable(alerts) {
  const columns = ['when', 'alert', 'who', 'agency', 'case', 'number', 'state'].map((name) => t(`column.${name}`));
  return table(t('alerts.heading'), columns, alerts.map((one) => ({
    key: one.alert_id,
    cells: [
      fullDateTime(one.at), word('alert', one.kind), who(one), agency(one.agency), one.case_id ? el('code', {}, one.case_id) : t('alerts.several'),
      number(one.count), one.acknowledged_at ? t('alerts.acknowledged') : button('acknowledge', t('alerts.acknowledge'), { alert: one.alert_id }, word('alert', one.kind)),
    ],
  })));
}

function found({ parameters, rows }) {
  const columns = ['when', 'who', 'case', 'action', 'classes', 'outcome'].map((name) => t(`column.${name}`));
  return [
    el('p', { role: 'status', tabindex: '-1', 'data-key': 'report-count' }, t('report.count', { count: number(rows.length), shown: number(Math.min(rows.length, shownLines)) }),
      ' ', el('a', { href: `/api/v1/access-report.csv${parameters}`, download: true }, t('report.file'))),
    rows.length > 0 && table(t('report.heading'), columns, rows.slice(0, shownLines).map((one) => ({
      key: one.entry_id,
      cells: [
        fullDateTime(one.at), who(one), one.case_id ? el('code', {}, one.case_id) : t('report.rows', { count: number(one.count) }), one.action,
        classes(one.classes), word('access_outcome', one.outcome),
      ],
    })), { hidden: true }),
  ];
}
