// The service's time on the phone. How wrong the phone's clock is, is kept, so that the service's time is known without a network too; and
// what depends on time that has really passed goes by what the service told since the page began.

import { effect } from '@preact/signals';

import { heard } from '../../lib/clock.ts';
import { database } from './database.ts';
import { dropOld } from './drafts.ts';

const fact = 'clock ahead';

/** Takes up what was kept of the service's time, where it was not heard yet. */
export async function learnClock(): Promise<void> {
  const kept = await (await database()).get('facts', fact);
  if (kept !== undefined && heard.peek().at === 0) heard.value = { ahead: Number(kept), at: 0 };
}

/** Keeps the service's time whenever it is heard, and lets the drafts go that are old by it. */
export function followClock(): void {
  effect(() => {
    const { ahead, at } = heard.value;
    if (at > 0) void Promise.all([keep(ahead), dropOld(at)]).catch(() => undefined); // the next time that is heard does for both
  });
}

async function keep(ahead: number): Promise<void> {
  await (await database()).put('facts', String(ahead), fact);
}
