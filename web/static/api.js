// Calls to the service. The session is a cookie that scripts cannot read; nothing secret passes through here but the password,
// once, on its way to the service.

import { learnTime } from './clock.js';

const base = '/api/v1';
const patience = 30_000; // milliseconds for one call

// What this page has written; lists are asked to contain it.
let written = 0;

/** An answer that is not a success. Status 0: no answer came. */
export class Failure extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.title ?? `status ${status}`);
    this.status = status;
    this.kind = problem.type?.split(':').at(-1) ?? null; // the last part of the problem's type
    this.rule = problem.rule ?? null; // that refused a command
    this.possible = problem.possible ?? []; // commands that the case allows now
    this.position = problem.position ?? null; // of a case that has moved
    this.changes = problem.changes ?? []; // what has happened to it meanwhile
    this.errors = problem.errors ?? []; // places in the body
    this.retryAfter = retryAfter; // seconds, or null
  }
}

/** Reads a resource. The signal stops it; it then fails with an AbortError. */
export function read(path, signal) {
  return call('GET', path, { signal, headers: written > 0 ? { 'Songtor-Position': String(written) } : {} });
}

/**
 * Gives a command and returns its receipt. The key names the command: the same one again is the same command, so that it can be
 * repeated until an answer comes. A position refuses the command where the case has moved since.
 */
export async function command(path, key, body, position = null) {
  const receipt = await call('POST', path, {
    headers: {
      'Idempotency-Key': key,
      'Content-Type': 'application/json', // also where there is no body: a form of another page cannot say so
      ...(position !== null && { 'If-Match': `"${position}"` }),
    },
    body: body && JSON.stringify(body),
  });
  written = Math.max(written, receipt.position);
  return receipt;
}

/** Reads a resource of JSON lines. */
export async function readLines(path) {
  const text = await call('GET', path, { as: 'text' });
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** Puts a resource in the place of what was there. */
export function put(path, body) {
  return call('PUT', path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** Does what an address stands for. */
export function post(path, body = {}) {
  return call('POST', path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** Deletes a resource. */
export function remove(path) {
  return call('DELETE', path);
}

/** The session with its user {id, username, agency, role} and assurance; null when nobody is signed in. */
export async function whoIsSignedIn() {
  try {
    return await read('/session');
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** Whether people may sign in at an outside provider. */
export async function hasProvider() {
  try {
    return (await read('/session/provider')).available;
  } catch {
    return false; // signing in says what is wrong
  }
}

/** Signs in. The service answers with the session, and with the cookie. */
export function signIn(username, password) {
  return post('/session', { username, password });
}

/** Ends the session. */
export function signOut() {
  return call('DELETE', '/session');
}

/** Whether the role of the signed-in person may follow changes. */
export async function mayFollow() {
  try {
    await call('HEAD', '/events');
    return true;
  } catch (error) {
    if (error.status === 403) return false;
    throw error;
  }
}

/** The stream of changes in what the signed-in person may see. */
export function changes() {
  return new EventSource(`${base}/events`);
}

async function call(method, path, { as = 'json', ...options } = {}) {
  const answer = await send(method, path, options);
  learnTime(answer.headers.get('Date'));
  if (!answer.ok) throw await failure(answer);
  if (method === 'HEAD' || answer.status === 204 || answer.status === 202) return null;
  return answer[as]();
}

async function send(method, path, { signal, ...options }) {
  const late = AbortSignal.timeout(patience);
  try {
    return await fetch(base + path, { method, ...options, signal: signal ? AbortSignal.any([signal, late]) : late });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Failure(0);
  }
}

async function failure(answer) {
  const problem = await answer.json().catch(() => ({})); // a proxy's error page is not JSON
  const wait = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10);
  return new Failure(answer.status, problem, Number.isNaN(wait) ? null : wait);
}
