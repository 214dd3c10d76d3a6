// One case: where it stands, what it waits for, what is possible now, and what has happened to it.

import { command as give, read } from '../api.js';
import { concerns, formOf, scopeWords } from '../actions.js';
import { due } from '../clock.js';
import { el, facts, heading } from '../dom.js';
import { errorSummary, form, reading } from '../forms.js';
import { dateTime, fullDateTime, t, word } from '../i18n.js';
import { agency, nameIn, province } from '../names.js';
import { takeNotice } from '../notices.js';
import { problem } from '../problems.js';
import { actionAddress, caseAddress, incidentAddress, openingsAddress } from '../route.js';
import { sections } from './sections.js';
import { person, stages } from './shared.js';

// A device's clock and the service's differ a little; only a difference worth telling is told.
const sameMoment = 60_000;

/** Opens the view. back() gives the address of the list that the reader came from. */
export async function caseView(id, query, user, back, signal) {
  const address = `/cases/${encodeURIComponent(id)}`;
  const asOf = query.get('as_of');
  const then = asOf === null ? '' : `?as_of=${encodeURIComponent(asOf)}`;
  const notice = takeNotice();
  const keys = new Map(); // of the commands given here, by what they say
  let errors = [];
  let failure = null;
  let [found, timeline, duplicates] = await load(signal);

  function load(signal) {
    return Promise.all([read(`${address}${then}`, signal), read(`${address}/timeline${then}`, signal), likely(signal)]);
  }

  async function likely(signal) {
    if (asOf !== null || !['casemanager', 'responder'].includes(user.role)) return [];
    try {
      return (await read(`${address}/duplicates`, signal)).items;
    } catch (error) {
      if (error.status === 403 || error.status === 404 || error.status === 410) return []; // not for this agency to compare
      throw error;
    }
  }

  // Reading a case opens what is sealed in it, so it is read again only when it has moved.
  async function refresh(signal) {
    if (asOf !== null) return;
    const latest = await read(`${address}/timeline`, signal);
    if (latest.position !== timeline.position) [found, timeline, duplicates] = await load(signal);
  }

  function asOfFields() {
    return [{ name: 'as_of', kind: 'moment', label: t('asOf.label'), hint: t('asOf.hint'), required: true, value: asOf }];
  }

  async function submit(element) {
    if (element.dataset.form === 'as-of') return goToMoment(element);
    const { command, ...body } = Object.fromEntries(new FormData(element));
    const said = JSON.stringify([command, body]);
    if (!keys.has(said)) keys.set(said, crypto.randomUUID());
    [errors, failure] = [[], null];
    try {
      await give(`${address}/${command}`, keys.get(said), body);
    } catch (error) {
      if (error.status === 401) throw error;
      failure = error;
      return;
    }
    keys.delete(said);
    [found, timeline, duplicates] = await load();
  }

  function goToMoment(element) {
    const { values, errors: wrong } = reading(element, asOfFields());
    errors = wrong;
    if (errors.length === 0) location.hash = caseAddress(id, values);
  }

  return {
    title: () => t('case.title', { reference: found.case_reference }),
    draw: () => [
      el('p', {}, el('a', { href: back(found.stage) }, t('case.back'))),
      notice && el('p', { class: 'inset done', role: 'status', 'data-key': 'notice' }, notice()),
      errorSummary(t('form.problem'), errors, asOfFields()),
      failure && problem(failure),
      heading(t('case.title', { reference: found.case_reference })),
      asOf !== null && pastNotice(asOf, caseAddress(id)),
      tracker(found.stage),
      banners(found),
      standing(found, user, asOf),
      asOf === null && possible(found, user),
      sections({ found, duplicates, user, asOf }),
      el('h2', { id: 'timeline', 'data-key': 'timeline-heading' }, t('timeline.heading')),
      el('ol', { class: 'timeline', 'data-key': 'timeline' }, newestFirst(timeline.items).map(entry)),
      mayAskWho(found, user) && el('p', { 'data-key': 'openings' }, el('a', { href: openingsAddress(id) }, t('openings.heading'))),
      el('h2', { 'data-key': 'as-of-heading' }, t('asOf.heading')),
      form('as-of', { fields: asOfFields(), errors, submit: t('asOf.submit'), label: t('asOf.heading'), look: 'quiet' }),
    ].flat(2).filter(Boolean),
    refresh,
    submit,
  };
}

// Who opened the case is for the auditor and for the case managers of the agency that is responsible.
function mayAskWho(found, user) {
  return user.role === 'auditor' || user.role === 'casemanager' && found.agency === user.agency;
}

/** What tells that a view shows the past. */
export function pastNotice(asOf, present) {
  return el('div', { class: 'inset past', 'data-key': 'past' },
    el('p', {}, el('strong', {}, t('asOf.notice')), ' ', fullDateTime(asOf)),
    el('p', {}, t('asOf.readOnly'), ' ', el('a', { href: present }, t('asOf.present'))));
}

function tracker(current) {
  const reached = stages.indexOf(current);
  return el('ol', { class: 'tracker', 'aria-label': t('case.stages') }, stages.map((stage, i) => {
    const state = i < reached ? 'passed' : i === reached ? 'current' : 'ahead';
    return el('li', { class: state, 'aria-current': state === 'current' && 'step' },
      el('span', {}, word('stage', stage)), ' ', el('span', { class: 'step-state' }, t(`case.step.${state}`)));
  }));
}

// What everybody who opens the case has to know before anything else.
function banners(found) {
  const lines = [
    ...found.glass.filter(({ running }) => running).map((one) => t('banner.glassRuns', {
      agency: agency(one.agency), until: fullDateTime(one.until), scopes: scopeWords(one.scopes),
    })),
    ...found.glass.filter((one) => !one.running && one.reviewed_at === null).map((one) => t('banner.glassReview', {
      agency: agency(one.agency), until: fullDateTime(one.review_by),
    })),
    found.legal_hold && t('banner.legalHold'),
    found.erasure !== null && t('banner.erasure', { stage: word('erasure_stage', found.erasure.stage) }),
    found.exclusions.length > 0 && t('banner.excluded'),
  ].filter(Boolean);
  return lines.map((line, i) => el('p', { class: 'inset warning', role: 'status', 'data-key': `banner ${i}` }, line));
}

function standing(found, user, asOf) {
  return facts([
    [t('column.status'), word('status', found.status)],
    [t('column.agency'), agency(found.agency)],
    [t('column.assignee'), person(found.assignee, user)],
    [t('column.province'), province(found.province)],
    [t('column.since'), fullDateTime(found.since)],
    [t('column.due'), due(found.due_at, { waiting: found.open, asOf, full: true })],
    [t('column.urgent'), found.urgent ? el('strong', { class: 'tag' }, t('urgent.yes')) : t('urgent.no')],
    [t('case.hold'), found.hold ? el('strong', {}, t('hold.set')) : t('hold.none')],
    [t('case.child'), found.child && childText(found.child)],
    [t('case.incident'), found.incident ? el('a', { href: incidentAddress(found.incident) }, t('incident.one')) : null],
  ]);
}

function childText({ branch, guardian, best_interests: interests }) {
  return [word('branch', branch), guardian ? t('child.guardian') : t('child.noGuardian'), interests ? t('child.interests') : t('child.noInterests')]
    .join('; ');
}

// What the reader may do now, and what has no form here.
function possible(found, user) {
  const commands = found.possible;
  const here = commands.filter((command) => formOf(command) !== undefined && concerns(command, found, user));
  const elsewhere = commands.filter((command) => formOf(command) === undefined && command !== 'undo-link' && command !== 'refuse-duplicate');
  if (commands.length === 0) return null;
  return el('section', { class: 'actions', 'aria-labelledby': 'possible', 'data-key': 'possible' },
    el('h2', { id: 'possible' }, t('possible.heading')),
    el('ul', {}, here.map((command) => el('li', { 'data-key': command },
      el('a', { href: actionAddress(found.case_id, command) }, word('command', command))))),
    elsewhere.length > 0 && el('p', { class: 'hint' }, t('possible.elsewhere', {
      commands: elsewhere.map((command) => word('command', command)).join(', '),
    })));
}

function newestFirst(list) {
  return [...list].sort((a, b) => b.position - a.position || b.index - a.index);
}

function entry(e) {
  return el('li', { 'data-key': `${e.position} ${e.index}` },
    el('h3', {}, word('event', e.type)),
    el('p', {}, t('timeline.by', { role: word('role', e.actor.role), agency: agency(e.actor.agency) })),
    facts([...details(e.facts), ...times(e)]));
}

// What an event says in clear. Most of what it says is sealed, and no matter for a list.
function details({ purpose, from, to, grounds, result, outcome, period, provider, rung, reason }) {
  return [
    [t('detail.purpose'), purpose ? word('purpose', purpose) : null],
    [t('detail.period'), period ? word('period', period) : null],
    [t('detail.from'), from ? agency(from) : null],
    [t('detail.to'), to ? agency(to) : null],
    [t('detail.provider'), provider ? agency(provider) : null],
    [t('detail.reason'), reason ? reasonText(reason) : null],
    [t('detail.rung'), rung ? word('rung', rung) : null],
    [t('detail.grounds'), grounds ? word('grounds', grounds) : null],
    [t('detail.result'), result ? word('status', result) : outcome ? word('outcome', outcome) : null],
  ];
}

const reasonLists = ['decline-reasons', 'service-decline-reasons'];

/** A reason in words, whichever list it is from. */
export function reasonText(code) {
  for (const list of reasonLists) {
    if (nameIn(list, code) !== code) return nameIn(list, code);
  }
  const words = [
    word('close_reason', code), word('reopen_reason', code), word('pause_reason', code), word('end_reason', code),
    word('revoke_reason', code), word('reassess_reason', code), word('leave_reason', code), word('correction_reason', code),
  ];
  return words.find((text) => text !== code) ?? code;
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
