// Calls to the service by its address. What every page needs is here and small; the calls that its description types lie in client.ts.

import { learnTime } from './clock.ts';
import { Problem, type ProblemBody } from './problem.ts';
import type { components, paths } from './schema.d.ts';

export type Schemas = components['schemas'];

const patience = 30_000; // milliseconds for one call that says nothing else

// What this page has written; lists are asked to contain it.
let written = 0;

/** An event that calls leave on `calls` when the service says that nobody is signed in any more. */
export const calls = new EventTarget();

/** Remembers the position of something written, so that what is read afterwards contains it. */
export function wrote(position: number): void {
  written = Math.max(written, position);
}

/** The header that asks for an answer with all that this page has written; none where it has written nothing. */
export function position(): Record<string, string> {
  return written > 0 ? { 'Songtor-Position': String(written) } : {};
}

// Scripts cannot remove the session's cookie. So a sign-out that the service could not be told of is kept until it can, for every tab and
// for the page that is loaded next: nothing is asked for somebody who has signed out.
const owed = 'songtor.signing-out';
let leaving: Promise<void> | undefined;

/** Ends the session. Where the service can't be reached it ends before the next call, and this throws a Problem. */
export function leave(): Promise<void> {
  try {
    localStorage.setItem(owed, '');
  } catch {
    // without storage the service is told now or not at all
  }
  return leaving ??= endSession();
}

async function signedOut(): Promise<void> {
  if (leaving !== undefined || isOwed()) await (leaving ??= endSession());
}

function isOwed(): boolean {
  try {
    return localStorage.getItem(owed) !== null;
  } catch {
    return false;
  }
}

async function endSession(): Promise<void> {
  try {
    const { ok, status } = await answer(new Request('/api/v1/session', { method: 'DELETE', headers: { 'Content-Type': 'application/json' } }));
    if (!ok && status !== 401) throw new Problem(status); // also what stands before the service refuses, or does not find it
    if (isOwed()) localStorage.removeItem(owed);
  } finally {
    leaving = undefined;
  }
}

type Answer<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { 'application/json': infer Found } } } } } ? Found : never;

/** Reads what lies at an address of the service, with {names} in it filled in. An answer that is not a success is thrown as a Problem. */
export async function read<Path extends keyof paths>(path: Path, names: Record<string, string> = {}): Promise<Answer<Path>> {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
  const response = await patiently(new Request(address, { headers: position() }));
  await checked(response);
  return (await response.json()) as Answer<Path>;
}

/** Sends JSON to an address of the service that is put together at run time. An answer that is not a success is thrown as a Problem. */
export async function send(method: string, address: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await patiently(new Request(address, {
    method, headers: { 'Content-Type': 'application/json', ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }),
  }));
  await checked(response);
  return response.status === 204 || method === 'HEAD' ? null : response.json();
}

/** Takes an answer: learns the time from it, and throws a Problem where it is not a success. */
export async function checked(response: Response): Promise<void> {
  learnTime(response.headers.get('Date'));
  if (!response.ok) throw await problemOf(response);
}

/**
 * Sends a request and waits so many milliseconds for its answer, or with null for as long as the network needs. A sign-out that the service
 * has not heard of goes before it.
 */
export async function patiently(request: Request, most: number | null = patience): Promise<Response> {
  await signedOut();
  return answer(request, most);
}

async function answer(request: Request, most: number | null = patience): Promise<Response> {
  const late = most === null ? [] : [AbortSignal.timeout(most)];
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, ...late]) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.clone().json().catch(() => ({}))) as ProblemBody; // a proxy's error page is not JSON
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const problem = new Problem(response.status, body, Number.isNaN(wait) ? null : wait);
  if (problem.kind === 'not-signed-in') calls.dispatchEvent(new Event('signed-out'));
  return problem;
}
