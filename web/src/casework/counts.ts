// How much waits, at the links of the navigation and on the pages: kept as it is in the service from the first page of casework on, until the
// session ends.

import { effect, signal } from '@preact/signals';

import { client, ok, Problem } from '../lib/api.ts';
import { onChange } from '../lib/live.ts';
import { session } from '../lib/session.ts';
import { showCount } from '../lib/status.ts';
import type { InboxCounts, StageCount } from './model.ts';
import { stages } from './model.ts';

/** What waits in each stage; null until it is known, or where the reader lists no cases. */
export const stageCounts = signal<readonly StageCount[] | null>(null);
/** What lies before the reader and their agency; null until it is known, or where they have no inbox. */
export const inboxCounts = signal<InboxCounts | null>(null);
/** How many alerts nobody has looked at; null for somebody who is told of none. */
export const unreadAlerts = signal<number | null>(null);

let started = false;

/** Begins to count, where nobody has yet. */
export function startCounting(): void {
  if (started) return;
  started = true;
  onChange(countAnew);
  effect(() => {
    if (session.value === null) forget();
    else void countAnew();
  });
}

/** Counts again. */
export async function countAnew(): Promise<void> {
  const role = session.peek()?.user.role;
  if (role === undefined) return;
  const [stage, inbox, alerts] = await Promise.all([
    unlessForbidden(() => ok(client.GET('/api/v1/stages'))),
    role === 'auditor' ? null : unlessForbidden(() => ok(client.GET('/api/v1/inbox/counts'))),
    role === 'auditor' ? unlessForbidden(() => ok(client.GET('/api/v1/access-alerts', { params: { query: { limit: 1 } } }))) : null,
  ]);
  stageCounts.value = stage?.items ?? null;
  inboxCounts.value = inbox;
  unreadAlerts.value = alerts?.unread ?? null;
  for (const name of stages) showCount(`/stages/${name}`, stageCounts.value?.find((one) => one.stage === name)?.open ?? null);
  showCount('/work', inbox?.agency.items ?? null);
  showCount('/alerts', unreadAlerts.value);
}

function forget(): void {
  stageCounts.value = inboxCounts.value = unreadAlerts.value = null;
  for (const path of [...stages.map((name) => `/stages/${name}`), '/work', '/alerts']) showCount(path, null);
}

// Counts are told beside other things: where they cannot be had these go on without them.
async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
