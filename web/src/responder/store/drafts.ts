// Interviews that are not finished, closed under the key of drafts.

import { signal } from '@preact/signals';

import { now } from '../../lib/clock.ts';
import type { Draft, Drafts, DraftSummary } from '../draft.ts';
import { close, open } from './crypt.ts';
import { database, type KeptDraft } from './database.ts';
import { draftKey } from './lock.ts';

/** How many drafts were deleted because of their age since the page began, for the page to say. */
export const dropped = signal(0);

// Milliseconds that a draft is kept after it was last touched: a phone is no archive.
const draftLife = 72 * 3600_000;

export const drafts: Drafts = {
  take: (id) => new Promise((resolve) => {
    const taken = async () => navigator.locks.request(`songtor-draft-${id}`, { ifAvailable: true }, (lock) => (
      lock === null ? resolve(null) : new Promise<void>((letGo) => { resolve(letGo); })
    ));
    taken().catch(() => resolve(() => undefined)); // a browser that has no locks goes without
  }),
  async list() {
    const kept = await (await database()).getAll('drafts');
    const opened = await Promise.all(kept.map(async (each) => summary((await open(draftKey(), each.id, each)) as Draft, each)));
    return opened.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  },
  async open(id) {
    const kept = await (await database()).get('drafts', id);
    return kept === undefined ? null : (await open(draftKey(), id, kept)) as Draft;
  },
  async save(draft) {
    const closed = await close(draftKey(), draft.id, draft);
    const transaction = (await database()).transaction(['drafts', 'outbox'], 'readwrite', { durability: 'strict' });
    if (await transaction.objectStore('outbox').count(draft.id) > 0) throw new Error('the interview is finished'); // it can be read no more
    await Promise.all([transaction.objectStore('drafts').put({ id: draft.id, updatedAt: draft.updatedAt, ...closed }), transaction.done]);
  },
  async remove(id) {
    await (await database()).delete('drafts', id);
  },
};

function summary({ id, startedAt, updatedAt, initials }: Draft, { seen = now() }: KeptDraft): DraftSummary {
  return { id, startedAt, updatedAt, keptUntil: new Date(seen + draftLife).toISOString(), ...(initials !== undefined && { initials }) };
}

/**
 * Deletes the drafts that nobody has touched for too long, at a time that the service has just told. A phone's clock may have been days behind
 * when a draft was kept and be right now, so it can't say how old the draft is: the age counts from when the service was first heard afterwards.
 */
export async function dropOld(told: number): Promise<void> {
  const transaction = (await database()).transaction('drafts', 'readwrite');
  const kept = await transaction.store.getAll();
  const old = kept.filter(({ seen }) => seen !== undefined && told - seen > draftLife);
  const unseen = kept.filter(({ seen }) => seen === undefined);
  await Promise.all([
    ...old.map(({ id }) => transaction.store.delete(id)), ...unseen.map((each) => transaction.store.put({ ...each, seen: told })), transaction.done,
  ]);
  dropped.value += old.length;
}
