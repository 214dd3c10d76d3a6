// Interviews that are not finished, closed under the key of drafts.

import type { Draft, Drafts, DraftSummary } from '../draft.ts';
import { close, open } from './crypt.ts';
import { database } from './database.ts';
import { draftKey } from './lock.ts';

/** Milliseconds that a draft is kept after it was last touched: a phone is no archive. */
export const draftLife = 72 * 3600_000;

export const drafts: Drafts = {
  async list() {
    await dropOld(new Date());
    const kept = await (await database()).getAll('drafts');
    const opened = await Promise.all(kept.map(async (each) => (await open(draftKey(), each.id, each)) as Draft));
    return opened.map(summary).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  },
  async open(id) {
    const kept = await (await database()).get('drafts', id);
    return kept === undefined ? null : (await open(draftKey(), id, kept)) as Draft;
  },
  async save(draft) {
    const closed = await close(draftKey(), draft.id, draft);
    const transaction = (await database()).transaction('drafts', 'readwrite', { durability: 'strict' });
    await Promise.all([transaction.store.put({ id: draft.id, updatedAt: draft.updatedAt, ...closed }), transaction.done]);
  },
  async remove(id) {
    await (await database()).delete('drafts', id);
  },
};

function summary({ id, startedAt, updatedAt, initials }: Draft): DraftSummary {
  return { id, startedAt, updatedAt, ...(initials !== undefined && { initials }) };
}

/** Deletes the drafts that nobody has touched for too long. */
export async function dropOld(now: Date): Promise<void> {
  const transaction = (await database()).transaction('drafts', 'readwrite');
  const kept = await transaction.store.getAll();
  const old = kept.filter(({ updatedAt }) => now.getTime() - Date.parse(updatedAt) > draftLife);
  await Promise.all([...old.map(({ id }) => transaction.store.delete(id)), transaction.done]);
}
