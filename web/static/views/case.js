// One case: where it stands and what has happened to it.

import { read } from '../api.js';
import { el, facts, heading } from '../dom.js';
import { dateTime, t, word } from '../i18n.js';
import { agency, province } from '../names.js';
import { due, stages } from './stage.js';

// A device's clock and the service's differ a little; only a difference worth telling is told.
const sameMoment = 60_000;

/** Opens the view. back() gives the address of the list that the reader came from. */
export async function caseView(id, back, signal) {
  const address = `/cases/${encodeURIComponent(id)}`;
  let [found, timeline] = await Promise.all([read(address, signal), read(`${address}/timeline`, signal)]);

  // Reading a case opens what is sealed in it, so it is read again only when it has moved.
  async function refresh(signal) {
    const latest = await read(`${address}/timeline`, signal);
    if (latest.position === timeline.position) return;
    [found, timeline] = [await read(address, signal), latest];
  }

  return {
    title: () => t('case.title', { reference: found.case_reference }),
    draw: () => [
      el('p', {}, el('a', { href: back(found.stage) }, t('case.back'))),
      heading(t('case.title', { reference: found.case_reference })),
      tracker(found.stage),
      standing(found),
      el('h2', {}, t('timeline.heading')),
      el('ol', { class: 'timeline' }, newestFirst(timeline.items).map(entry)),
    ],
    refresh,
  };
}

function tracker(current) {
  const reached = stages.indexOf(current);
  return el('ol', { class: 'tracker', 'aria-label': t('case.stages') }, stages.map((stage, i) => {
    const state = i < reached ? 'passed' : i === reached ? 'current' : 'ahead';
    return el('li', { class: state, 'aria-current': state === 'current' && 'step' },
      el('span', {}, word('stage', stage)), ' ', el('span', { class: 'step-state' }, t(`case.step.${state}`)));
  }));
}

function standing(found) {
  return facts([
    [t('column.status'), word('status', found.status)],
    [t('column.agency'), agency(found.agency)],
    [t('column.province'), province(found.province)],
    [t('column.since'), dateTime(found.since)],
    [t('column.due'), due(found.due_at, found.open)],
    [t('column.urgent'), found.urgent ? el('strong', { class: 'tag' }, t('urgent.yes')) : t('urgent.no')],
  ]);
}

function newestFirst(entries) {
  return [...entries].sort((a, b) => b.position - a.position || b.index - a.index);
}

function entry(e) {
  return el('li', { 'data-key': `${e.position} ${e.index}` },
    el('h3', {}, word('event', e.type)),
    el('p', {}, t('timeline.by', { role: word('role', e.actor.role), agency: agency(e.actor.agency) })),
    facts([...details(e.facts), ...times(e)]));
}

// What an event says in clear. Most of what it says is sealed, and no matter for a list.
function details({ purpose, from, to, grounds, result }) {
  return [
    [t('detail.purpose'), purpose ? word('purpose', purpose) : null],
    [t('detail.from'), from ? agency(from) : null],
    [t('detail.to'), to ? agency(to) : null],
    [t('detail.grounds'), grounds ? word('grounds', grounds) : null],
    [t('detail.result'), result ? word('status', result) : null],
  ];
}

// When it happened; when it was written down and accepted too, where that was later.
function times(e) {
  const later = (at, before) => new Date(at) - new Date(before) >= sameMoment;
  return [
    [t('timeline.happened'), dateTime(e.happened_at)],
    [t('timeline.recorded'), later(e.recorded_at, e.happened_at) ? dateTime(e.recorded_at) : null],
    [t('timeline.accepted'), later(e.accepted_at, e.recorded_at) ? dateTime(e.accepted_at) : null],
  ];
}
