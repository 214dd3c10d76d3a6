// Incidents: the operations in which many people were met at once, and how far those people have come.

import { read } from '../api.js';
import { el, facts, heading, table } from '../dom.js';
import { dateTime, fullDateTime, number, t, word } from '../i18n.js';
import { agency, province } from '../names.js';
import { caseAddress, incidentAddress, queryString } from '../route.js';
import { pages } from './shared.js';

const pageSize = 100;
const steps = ['people', 'refused', 'screened', 'reasonable_grounds', 'identified', 'waiting'];

/** Opens the list. */
export async function incidentsView(query, signal) {
  const after = query.get('after') ?? '';
  let page = await load(signal);

  function load(signal) {
    return read(`/incidents${queryString({ after })}`, signal);
  }

  return {
    title: () => t('incidents.heading'),
    draw: () => [
      heading(t('incidents.heading')),
      page.items.length === 0 ? el('p', { class: 'inset', 'data-key': 'empty' }, t('incidents.none')) : incidentTable(page.items),
      pages(after && incidentAddress(), page.next && incidentAddress('', { after: page.next })),
    ].filter(Boolean),
    refresh: async (signal) => { page = await load(signal); },
    list: 'incidents',
  };
}

function incidentTable(incidents) {
  return table(t('incidents.heading'), ['first', 'province', 'people'].map((name) => t(`column.${name}`)), incidents.map((one) => ({
    key: one.incident_id,
    cells: [el('a', { href: incidentAddress(one.incident_id) }, dateTime(one.first_contact)), province(one.province), number(one.people)],
  })));
}

/** Opens one incident. */
export async function incidentView(id, query, signal) {
  const path = `/incidents/${encodeURIComponent(id)}`;
  const after = query.get('after') ?? '';
  let [incident, people] = await load(signal);

  function load(signal) {
    return Promise.all([read(path, signal), read(`${path}/people${queryString({ limit: pageSize, after })}`, signal)]);
  }

  return {
    title: () => t('incident.title', { province: province(incident.province) }),
    draw: () => [
      el('p', {}, el('a', { href: incidentAddress() }, t('incidents.back'))),
      heading(t('incident.title', { province: province(incident.province) })),
      facts([
        [t('column.first'), fullDateTime(incident.first_contact)],
        [t('incident.last'), fullDateTime(incident.last_contact)],
        ...steps.map((step) => [t(`incident.${step}`), share(incident.progress, step)]),
      ]),
      byAgency(incident.by_agency),
      peopleTable(people.items),
      pages(after && incidentAddress(id), people.next && incidentAddress(id, { after: people.next })),
    ].filter(Boolean),
    refresh: async (signal) => { [incident, people] = await load(signal); },
    list: 'incident',
  };
}

// A step with a bar of how many have come so far; the number says the same.
function share(progress, step) {
  if (step === 'people') return number(progress.people);
  return [el('meter', { min: 0, max: Math.max(progress.people, 1), value: progress[step], 'aria-label': t(`incident.${step}`) }), ' ', number(progress[step])];
}

function byAgency(agencies) {
  return table(t('incident.byAgency'), [t('column.agency'), ...steps.map((step) => t(`incident.${step}`))],
    Object.entries(agencies).map(([code, progress]) => ({ key: code, cells: [agency(code), ...steps.map((step) => number(progress[step]))] })));
}

function peopleTable(people) {
  const columns = ['entry', 'reference', 'stage', 'status', 'agency', 'urgent'].map((name) => t(`column.${name}`));
  return table(t('incident.list'), columns, people.map((one) => ({
    key: one.case_id,
    cells: [
      one.entry > 0 ? number(one.entry) : t('entry.none'),
      el('a', { class: 'reference', href: caseAddress(one.case_id) }, one.case_reference),
      word('stage', one.stage),
      word('status', one.status),
      agency(one.agency),
      one.urgent ? el('strong', { class: 'tag' }, t('urgent.yes')) : t('urgent.no'),
    ],
  })));
}
