// Who is signed in. The session itself is the service's; here is what it says of it.

import { computed, signal } from '@preact/signals';

import { calls, leave, Problem, read, type Schemas } from './api.ts';

export type Role = Schemas['Session']['user']['role'];

/**
 * How the page stands with the service: `unknown` until it has answered, `out` when nobody is signed in, `in` when somebody is,
 * `unreachable` when there was no answer and nobody is known to be signed in.
 */
export type Standing =
  | { state: 'unknown' }
  | { state: 'out'; ended: boolean }
  | { state: 'in'; session: Schemas['Session'] }
  | { state: 'unreachable'; problem: Problem };

export const standing = signal<Standing>({ state: 'unknown' });

/** The session of whoever is signed in; null where nobody is. */
export const session = computed(() => (standing.value.state === 'in' ? standing.value.session : null));

/** Whether the session is good for the person's own account only: a second factor is missing. */
export const limited = computed(() => session.value?.assurance === 'password_only');

/** What the tabs of one browser tell each other: who goes on with it, or null where somebody leaves it. A tab does not hear itself. */
export const tabs = new BroadcastChannel('songtor-phone');

/** Asks the service who is signed in. */
export async function learnSession(): Promise<void> {
  try {
    standing.value = { state: 'in', session: await read('/api/v1/session') };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) sessionOver();
    else if (standing.value.state !== 'in') standing.value = { state: 'unreachable', problem: error };
  }
}

/**
 * Signs out. What the browser keeps for the person is not touched. It counts here at once, and at the service as soon as it can be reached,
 * before anything else is asked of it: whoever hands a phone on where there is no network has signed out.
 */
export async function signOut(): Promise<void> {
  standing.value = { state: 'out', ended: false };
  try {
    await leave();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** Notes that there is no session, or no more, so that whatever needs one asks for a sign-in. */
export function sessionOver(): void {
  const { state } = standing.value;
  if (state !== 'out') standing.value = { state: 'out', ended: state === 'in' };
}

calls.addEventListener('signed-out', sessionOver);
