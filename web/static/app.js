// The page: who is signed in, which view is shown, and keeping it as it is in the service.

import { hasProvider, read, signOut, whoIsSignedIn } from './api.js';
import { tick } from './clock.js';
import { el, update } from './dom.js';
import {
  language, loadTexts, number, preferredLanguage, rememberLanguage, t, translate, useLanguage, word,
} from './i18n.js';
import { follow, gathered } from './live.js';
import { agency, loadNames } from './names.js';
import { inboxAddress, incidentAddress, recordAddress, route, stageAddress, statisticsAddress } from './route.js';
import { accountView } from './views/account.js';
import { actionView } from './views/action.js';
import { caseView } from './views/case.js';
import { boxCount, inboxView } from './views/inbox.js';
import { incidentsView, incidentView } from './views/incidents.js';
import { openingsView, recordView } from './views/record.js';
import { signInView } from './views/signin.js';
import { stageView } from './views/stage.js';
import { releasesView, releaseView } from './views/statistics.js';
import { troubleView } from './views/trouble.js';

const shortestRefresh = 500; // milliseconds between two reads of the same view

const part = (id) => document.getElementById(id);
const main = part('main');

let user = null; // who is signed in
let asked = 0; // how often somebody was asked to sign in
let limited = false; // to the person's own account: the session shows a password and nothing else
let counts = null; // of the stages; null for somebody who may not list cases
let unread = null; // alerts; null for somebody who does not look after them
let inbox = null; // its counts; null for somebody who has none
let connection = null; // how following the changes goes: live, offline, or null while it is not known or not for this role
let stopFollowing = () => {};
let view = null;
let changesSeen = 0;
let lastList = null; // address of the list shown last, for the way back from a case
let navigation = new AbortController(); // ends the reads for a view that is not wanted any more

// Signing in and out.

async function start() {
  try {
    const session = await whoIsSignedIn();
    user = session?.user ?? null;
    limited = session?.assurance === 'password_only';
    await (user === null ? askToSignIn(false) : enter());
  } catch (error) {
    leave();
    show(troubleView(error));
  }
}

async function startAgain() {
  await start();
  focusHeading();
}

async function enter() {
  if (limited) return navigate();
  await Promise.all([loadNames(), loadCounts()]);
  stopFollowing();
  stopFollowing = follow({ onChange: changed, onState: showConnection, onSignedOut: () => askToSignIn(true) });
  await navigate();
}

async function loadCounts() {
  [counts, inbox] = await Promise.all([unlessForbidden('/stages'), unlessForbidden('/inbox/counts')]);
  counts = counts?.items ?? null;
  if (user.role === 'auditor') unread = (await unlessForbidden('/access-alerts?limit=1'))?.unread ?? null;
}

async function unlessForbidden(path) {
  try {
    return await read(path);
  } catch (error) {
    if (error.status !== 403) throw error;
    return null;
  }
}

async function askToSignIn(ended) {
  leave();
  const turn = ++asked;
  const outside = await hasProvider();
  if (turn !== asked || user !== null) return; // asked again meanwhile, or signed in
  show(signInView({ ended, outside, onSignedIn: startAgain }));
  if (ended) focusHeading();
}

function leave() {
  navigation.abort();
  stopFollowing();
  stopFollowing = () => {};
  [user, counts, unread, inbox, connection, lastList] = [null, null, null, null, null, null];
}

async function endSession() {
  try {
    await signOut();
  } catch (error) {
    if (error.status !== 401) return show(troubleView(error)); // 401: it was over already
  }
  history.replaceState(null, '', location.pathname); // the next person does not begin where this one was
  await askToSignIn(false);
  focusHeading();
}

// Views.

async function navigate() {
  const address = route(location.hash);
  if (user === null || address === null) return;
  navigation.abort();
  navigation = new AbortController();
  const { signal } = navigation;
  const before = changesSeen;
  main.setAttribute('aria-busy', 'true');
  try {
    const next = await open(address, signal);
    if (signal.aborted) return;
    show(next);
    if (changesSeen !== before) refresh();
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
}

function open({ parts: [kind, name, command], query }, signal) {
  switch (limited ? 'account' : kind ?? home()) {
    case 'account':
      return accountView(startAgain, signal);
    case 'stages':
      return stageView(name ?? counts?.[0].stage ?? 'frontline', query, () => counts, user, signal);
    case 'inbox':
      return inbox === null ? troubleView({ status: 403 }) : inboxView(query, () => inbox, user, signal);
    case 'incidents':
      return name === undefined ? incidentsView(query, signal) : incidentView(name, query, signal);
    case 'record':
      return recordView(query, signal);
    case 'cases':
      if (command === 'access-log') return openingsView(name, query, signal);
      return command === undefined
        ? caseView(name, query, user, (stage) => lastList ?? stageAddress(stage), signal)
        : actionView(name, command, query, user, signal);
    case 'statistics':
      return name === undefined ? releasesView(signal) : releaseView(name, signal);
    default:
      return troubleView({ status: 404 });
  }
}

function home() {
  return counts === null ? 'statistics' : 'stages';
}

function fail(error) {
  if (error.status === 401) askToSignIn(true);
  else show(troubleView(error));
}

function show(next) {
  view = next;
  if (isList(view)) lastList = location.hash || null;
  main.removeAttribute('aria-busy');
  main.replaceChildren(...view.draw());
  drawAround();
}

function isList(shown) {
  return typeof shown.stage === 'string' || ['inbox', 'incidents', 'incident'].includes(shown.list);
}

function redraw() {
  const within = main.contains(document.activeElement);
  update(main, view.draw());
  if (within && document.activeElement === document.body) focusHeading(); // what had the focus is gone
  drawAround();
}

function focusHeading() {
  main.querySelector('h1')?.focus({ preventScroll: true });
}

// What lies around the view: title, account, connection, stages.

function drawAround() {
  document.title = `${view.title()} – ${t('page.service')}`;
  part('account').hidden = user === null;
  part('stages').hidden = user === null || counts === null;
  if (user === null) return;
  part('who').textContent = t('page.who', { username: user.username, role: word('role', user.role), agency: agency(user.agency) });
  if (counts !== null) update(part('stages'), [stageList()]);
  drawConnection();
}

function stageList() {
  const shown = typeof view.stage === 'string' ? view.stage : null;
  return el('ul', { class: 'width' },
    counts.map(({ stage, open }) => navigationItem(stage, stageAddress(stage), word('stage', stage), stage === shown, open, t('stage.open'))),
    inbox !== null && navigationItem('inbox', inboxAddress(), t('inbox.heading'), view.list === 'inbox', boxCount(inbox, 'tasks'), t('inbox.open')),
    navigationItem('incidents', incidentAddress(), t('incidents.heading'), view.list?.startsWith('incident')),
    unread !== null && navigationItem('record', recordAddress(), t('record.short'), view.list === 'record', unread, t('record.open')),
    navigationItem('statistics', statisticsAddress(), t('statistics.short'), view.list === 'statistics'));
}

function navigationItem(key, address, name, current, count, counted) {
  return el('li', { 'data-key': key }, el('a', { href: address, 'aria-current': current && 'page' },
    el('span', {}, name),
    count !== undefined && [' ', el('span', { class: 'count' }, number(count)), el('span', { class: 'unseen' }, ` ${counted}`)]));
}

function showConnection(state) {
  connection = state;
  drawConnection();
}

function drawConnection() {
  const status = part('status');
  const text = connection === null ? '' : t(`connection.${connection}`);
  status.className = connection === null ? 'status' : `status ${connection}`;
  if (status.textContent !== text) status.textContent = text; // said aloud only when it changes
}

// A view that was being opened when a change came may have been read before it; navigate looks at how many there were.
function changed() {
  changesSeen++;
  refresh();
}

const refresh = gathered(async () => {
  const shown = view;
  try {
    if (counts !== null) await loadCounts();
    if (shown === view) await shown.refresh?.(navigation.signal);
  } catch (error) {
    if (error.status === 401 && user !== null) askToSignIn(true);
    if (error.name !== 'AbortError') return; // what is shown stays, the connection tells the rest, the next change tries again
  }
  if (shown === view) redraw();
  else drawAround();
}, shortestRefresh);

// What people do.

function choose(tag) {
  useLanguage(tag);
  rememberLanguage(tag);
  applyLanguage();
  redraw();
}

function applyLanguage() {
  translate(document);
  for (const button of document.querySelectorAll('.languages button')) {
    button.setAttribute('aria-pressed', String(button.lang === language()));
  }
}

async function submitted(event) {
  event.preventDefault();
  main.setAttribute('aria-busy', 'true');
  const [shown, address] = [view, location.hash];
  try {
    await shown.submit(event.target);
  } catch (error) {
    fail(error);
    return;
  }
  if (shown !== view || location.hash !== address) return; // it led to another view
  main.removeAttribute('aria-busy');
  redraw();
  (main.querySelector('[role=alert]') ?? main.querySelector('[role=status]'))?.focus();
}

function clicked(event) {
  const link = event.target.closest('a[href^="#"]:not([href^="#/"])');
  if (link !== null) { // to a place in the page: the address stays that of the view
    event.preventDefault();
    document.querySelector(link.getAttribute('href'))?.focus();
  }
  if (event.target.closest('[data-action=retry]') !== null) startAgain();
}

async function addressChanged() {
  await navigate();
  scrollTo(0, 0);
  focusHeading();
}

for (const button of document.querySelectorAll('.languages button')) {
  button.addEventListener('click', () => choose(button.lang));
}
part('sign-out').addEventListener('click', endSession);
main.addEventListener('submit', submitted);
addEventListener('click', clicked);
addEventListener('hashchange', addressChanged);
setInterval(tick, 1000, document);

await loadTexts();
useLanguage(preferredLanguage());
applyLanguage();
await start();
