// The phone: what it keeps, put together. Interviews find it in `keeping` while it is unlocked.

import { computed, effect } from '@preact/signals';

import { count, texts } from '../../lib/i18n.ts';
import { session, tabs } from '../../lib/session.ts';
import { say } from '../../lib/status.ts';
import { lockPhone, lockTabs, setPhone } from '../../shell/phone.ts';
import { beforeLock, keeping } from '../keeping.ts';
import { followClock, learnClock } from './clock.ts';
import { removeDatabase } from './database.ts';
import { learnDevice } from './device.ts';
import { drafts } from './drafts.ts';
import { learnLock, lock, lockState, lockWhenIdle, owner } from './lock.ts';
import { finish, items, learnItems, sendAll, sendWhenPossible, waitAgain } from './outbox.ts';
import { learnForms, reference, refreshForms, removeReference } from './reference.ts';

// Changes when somebody signs in, and not when their session is looked at again.
const user = computed(() => session.value?.user.id);

let begun: Promise<void> | null = null;

/** Begins to keep: reads how the phone stands, and from then on sends what waits whenever that is possible. */
export function begin(): Promise<void> {
  begun ??= start().catch((error: unknown) => {
    begun = null;
    throw error;
  });
  return begun;
}

async function start(): Promise<void> {
  await Promise.all([learnLock(), learnItems().then(waitAgain), learnDevice(), learnClock()]);
  followClock();
  effect(() => { keeping.value = lockState.value === 'open' ? { drafts, reference, finish } : null; });
  effect(() => (lockState.value === 'open' ? lockWhenIdle(() => void lockNow()) : undefined));
  effect(() => { lockPhone.value = lockState.value === 'open' ? () => void lockNow() : null; });
  new BroadcastChannel(tabs.name).onmessage = ({ data }) => { if (data !== owner.value) void lockNow(); };
  user.subscribe((id) => {
    if (id !== undefined && id !== owner.value) void lockNow(); // somebody else goes on with this tab
  });
  effect(() => {
    if (lockState.value !== 'unknown') setPhone(lockState.value !== 'none' || items.value.length > 0);
  });
  say('outbox', waitingWords);
  sendWhenPossible();
  void sendAll();
  void learnForms();
  effect(() => { if (lockState.value === 'open' && session.value !== null) void refreshForms(); });
}

/** Locks the phone when what was typed last is kept. */
export async function lockNow(): Promise<void> {
  await Promise.all([...beforeLock].map((keep) => keep()));
  lock();
}

/** Removes everything from this phone. */
export async function removeEverything(): Promise<void> {
  lockTabs();
  lock();
  await Promise.all([removeDatabase(), removeReference()]);
  await Promise.all([learnLock(), learnItems(), learnDevice()]);
}

/** What the status line says of what waits; null where nothing does. */
function waitingWords(): string | null {
  const waiting = items.value.filter(({ state }) => state === 'waiting' || state === 'sending').length;
  const attention = items.value.filter(({ state }) => state === 'attention').length;
  if (attention > 0) return count('responder', 'status.attention', attention);
  return waiting > 0 ? count('responder', 'status.waiting', waiting) : texts('responder')('status.kept');
}
