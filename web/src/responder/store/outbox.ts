// Finished forms on their way to the service. A form is sent until there is an answer that settles it, always as the same bytes under the
// same id, so that the service takes it once.

import { signal } from '@preact/signals';

import type { Receipt } from '../../lib/api.ts';
import { calls, send as sendJSON } from '../../lib/calling.ts';
import { currentTime } from '../../lib/clock.ts';
import { Problem } from '../../lib/problem.ts';
import { learnSession, limited, session } from '../../lib/session.ts';
import type { Draft, ScreeningBody } from '../draft.ts';
import { database, type Item, type Sealed } from './database.ts';
import { type HandedOver, handOver, proofHeader } from './device.ts';
import { owner } from './lock.ts';
import { serviceKeys } from './reference.ts';
import { seal } from './seal.ts';

/** The finished forms, the latest first. */
export const items = signal<readonly Item[]>([]);
/** When a form was last received, in ISO 8601. */
export const lastSent = signal<string | null>(null);
/** Whether somebody else than the phone's owner is signed in, or nobody, or a second factor is missing: forms wait for the owner. */
export const needsSignIn = signal(false);

const keptAfterwards = 30 * 24 * 3600_000; // milliseconds that a receipt stays
const sealedType = 'application/vnd.songtor.sealed+json';

/** Reads the finished forms. */
export async function learnItems(): Promise<void> {
  const db = await database();
  const all = await db.getAll('outbox');
  items.value = all.sort((a, b) => b.finishedAt.localeCompare(a.finishedAt));
  lastSent.value = (await db.get('facts', 'last sent')) ?? null;
}

/** Seals a form and keeps it in the place of its draft, at once or not at all; then sends what it can. */
export async function finish(draft: Draft, body: ScreeningBody): Promise<void> {
  const sealed = await seal((await serviceKeys()).seal, draft.id, body);
  const item: Item = { id: draft.id, owner: owner.value ?? '', state: 'waiting', finishedAt: body.recorded_at, attempts: 0, sealed };
  const transaction = (await database()).transaction(['drafts', 'outbox'], 'readwrite', { durability: 'strict' });
  await Promise.all([transaction.objectStore('outbox').add(item), transaction.objectStore('drafts').delete(draft.id), transaction.done]);
  await learnItems();
  void sendAll();
}

let again = false;
let running: Promise<void> | null = null;

/** Sends what waits, one after the other and in one tab at a time; resolves when each has been tried. */
export function sendAll(): Promise<void> {
  again = true;
  const current = running ?? oneTabAtATime().finally(() => { running = null; });
  running = current;
  return current;
}

async function oneTabAtATime(): Promise<void> {
  await navigator.locks.request('songtor-outbox', rounds);
}

async function rounds(): Promise<void> {
  while (again) {
    again = false;
    await round();
  }
}

async function round(): Promise<void> {
  await dropOldReceipts();
  await learnItems();
  if (items.value.some(isToSend) && session.value === null) await learnSession(); // the service may have been away when the page began
  const signedIn = session.value?.user.id ?? null;
  for (const { id } of items.value.filter(isToSend)) {
    const item = await (await database()).get('outbox', id);
    if (item === undefined || !isToSend(item)) continue; // settled or deleted meanwhile
    if (item.owner !== signedIn || limited.value) {
      needsSignIn.value = !(signedIn === null && await handedOver(item));
      continue;
    }
    needsSignIn.value = false;
    if (isPutOff(id)) continue;
    if (!(await sendOne(item))) break; // no connection: the others would wait for nothing
  }
}

// Where nobody is signed in the phone may have been reported lost, or its officer's account shut: it is asked now and then.
const askAgainAfter = 10 * 60_000; // milliseconds
let inUse = 0; // when the service last said that the phone is in use

async function handedOver({ id, sealed }: Item): Promise<boolean> {
  if (sealed === undefined || Date.now() - inUse < askAgainAfter) return false;
  try {
    const answer = await handOver(id, sealed);
    if (answer !== null) await held(id, answer);
    return answer !== null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) inUse = Date.now();
    if (error.status === 422) await change(id, { state: 'attention', refusal: { status: error.status, kind: error.kind } });
    return error.status === 422;
  }
}

function isToSend({ state }: Item): boolean {
  return state === 'waiting' || state === 'sending'; // a page that was closed while it sent left it so
}

// What was answered settles a form, or not: then it is tried again later. The answer says whether trying on makes sense.
async function sendOne(item: Item): Promise<boolean> {
  await change(item.id, { state: 'sending', attempts: item.attempts + 1 });
  try {
    const path = `/api/v1/screenings/${item.id}`;
    const headers = { 'Content-Type': sealedType, ...await proofHeader('PUT', path, item.sealed) };
    const receipt = (await sendJSON('PUT', path, item.sealed, headers)) as Receipt;
    await received(item.id, receipt);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const early = isEarly(error) && Date.parse(item.finishedAt) - currentTime().getTime() < soon;
    if (early) putOff(item.id);
    const settled = !early && isRefusal(error);
    await change(item.id, settled ? { state: 'attention', refusal: { status: error.status, kind: error.kind } } : { state: 'waiting' });
    if (error.status === 401 || error.kind === stepUp) needsSignIn.value = true;
    return settled || early;
  }
}

// What is said of the session, and nothing of the form: a second factor is missing.
const stepUp = 'step-up-required';

// The service has read the form and will never take it. Everything else may pass.
function isRefusal({ status, kind }: Problem): boolean {
  return kind !== stepUp && [400, 403, 404, 409, 410, 413, 415, 422].includes(status);
}

// The phone's clock was ahead when the form was finished: it is taken as soon as that moment has come, and is tried less and less often.
const latest = 60 * 60_000; // milliseconds from one try to the next
const soon = 24 * 60 * 60_000; // what lies further ahead needs a person
const putOffs = new Map<string, { wait: number; until: number }>(); // by a clock that nobody puts right

function isEarly({ status, errors }: Problem): boolean {
  const early = errors.filter(({ pointer, keyword }) => keyword === 'x-not-future' && (pointer === '/occurred_at' || pointer === '/recorded_at'));
  return status === 422 && errors.length > 0 && early.length === errors.length;
}

function putOff(id: string): void {
  const wait = Math.min(2 * (putOffs.get(id)?.wait ?? 30_000), latest);
  putOffs.set(id, { wait, until: performance.now() + wait });
}

function isPutOff(id: string): boolean {
  return performance.now() < (putOffs.get(id)?.until ?? 0);
}

function received(id: string, receipt: Receipt): Promise<void> {
  return settled(id, { state: 'received', receipt });
}

function held(id: string, { held_at: receivedAt }: HandedOver): Promise<void> {
  return settled(id, { state: 'held', receivedAt });
}

// The service has the form: what is sealed goes, so that a phone that is found tells nothing.
async function settled(id: string, how: Partial<Item>): Promise<void> {
  const now = new Date().toISOString();
  const transaction = (await database()).transaction(['outbox', 'facts'], 'readwrite', { durability: 'strict' });
  const store = transaction.objectStore('outbox');
  const item = await store.get(id);
  if (item !== undefined) {
    const { sealed: _, refusal: __, ...rest } = item;
    await store.put({ ...rest, receivedAt: now, ...how });
  }
  await Promise.all([transaction.objectStore('facts').put(now, 'last sent'), transaction.done]);
  await learnItems();
}

async function change(id: string, part: Partial<Item>): Promise<void> {
  const transaction = (await database()).transaction('outbox', 'readwrite');
  const item = await transaction.store.get(id);
  if (item !== undefined) await transaction.store.put({ ...item, ...part });
  await transaction.done;
  await learnItems();
}

async function dropOldReceipts(): Promise<void> {
  const transaction = (await database()).transaction('outbox', 'readwrite');
  const all = await transaction.store.getAll();
  const old = all.filter(({ receivedAt }) => receivedAt !== undefined && Date.now() - Date.parse(receivedAt) > keptAfterwards);
  await Promise.all([...old.map(({ id }) => transaction.store.delete(id)), transaction.done]);
}

/** Lets those wait again that were given up because a second factor was missing. */
export async function waitAgain(): Promise<void> {
  const given = items.value.filter(({ state, refusal }) => state === 'attention' && refusal?.kind === stepUp);
  for (const { id } of given) await change(id, { state: 'waiting' });
}

/** Tries a form again that was refused, as it is. */
export async function tryAgain(id: string): Promise<void> {
  await change(id, { state: 'waiting' });
  await sendAll();
}

/** Deletes a finished form from the phone. */
export async function removeItem(id: string): Promise<void> {
  await (await database()).delete('outbox', id);
  await learnItems();
}

/** A form as a file that can be sent in another way: it is still sealed. A line for POST /screenings/batch. */
export function exported({ id, sealed }: { id: string; sealed: Sealed }): Blob {
  return new Blob([`${JSON.stringify({ id, ...sealed })}\n`], { type: 'application/json' });
}

/** Sends whenever there is reason to think that it may work, until the function that it returns is called. */
export function sendWhenPossible(): () => void {
  const attempt = () => { if (items.value.some(isToSend)) void sendAll(); };
  const seen = () => { if (document.visibilityState === 'visible') attempt(); };
  const timer = setInterval(attempt, 60_000);
  const unsubscribe = session.subscribe(attempt);
  addEventListener('online', attempt);
  document.addEventListener('visibilitychange', seen);
  return () => {
    clearInterval(timer);
    unsubscribe();
    removeEventListener('online', attempt);
    document.removeEventListener('visibilitychange', seen);
  };
}

calls.addEventListener('signed-out', () => { needsSignIn.value = items.value.some(isToSend); });
