// Calls to the service. The session is a cookie that scripts cannot read; nothing secret passes through here but the password,
// once, on its way to the service.

const base = '/api/v1';
const patience = 30_000; // milliseconds for one call

/** An answer that is not a success. Status 0: no answer came. */
export class Failure extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.title ?? `status ${status}`);
    this.status = status;
    this.retryAfter = retryAfter; // seconds, or null
  }
}

/** Reads a resource. The signal stops it; it then fails with an AbortError. */
export function read(path, signal) {
  return call('GET', path, { signal });
}

/** The signed-in person's {id, username, agency, role}; null when nobody is signed in. */
export async function whoIsSignedIn() {
  try {
    return (await read('/session')).user;
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** Signs in. The service answers with the cookie. */
export function signIn(username, password) {
  return call('POST', '/session', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
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

async function call(method, path, options = {}) {
  const answer = await send(method, path, options);
  if (!answer.ok) throw await failure(answer);
  if (method === 'HEAD' || answer.status === 204) return null;
  return answer.json();
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
