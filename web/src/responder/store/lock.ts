// Whether drafts can be opened. The key is in the page's memory while they can, and nowhere else.

import { signal } from '@preact/signals';

import { keyOfPassphrase, keyOfSecret, newKey, random, rounds, unwrap, type Wrapped } from './crypt.ts';
import { database, type Phone } from './database.ts';
import { askPasskey, makePasskey } from './passkey.ts';

/** `unknown` until the database has been read, `none` where the phone is not set up. */
export type LockState = 'unknown' | 'none' | 'locked' | 'open';

/** How the phone stands. */
export const lockState = signal<LockState>('unknown');
/** What unlocks the phone, where it is set up. */
export const unlockedBy = signal<Wrapped['by'] | null>(null);
/** Whose phone it is. */
export const owner = signal<string | null>(null);

/** Whether the drafts were deleted because the passphrase was wrong too often, for the page to say. */
export const draftsDeleted = signal(false);

/** A passphrase may be wrong so many times; then the drafts are deleted. What is finished stays. */
export const triesAllowed = 10;
export const shortestPassphrase = 8;
/** Milliseconds without a touch until the phone locks by itself. */
export const idleAtMost = 5 * 60_000;

let key: CryptoKey | null = null;

/** The key of drafts; it fails while the phone is locked. */
export function draftKey(): CryptoKey {
  if (key === null) throw new Error('the phone is locked');
  return key;
}

/** Reads how the phone stands. */
export async function learnLock(): Promise<void> {
  const phone = await (await database()).get('phone', 'phone');
  owner.value = phone?.owner ?? null;
  unlockedBy.value = phone?.key.by ?? null;
  if (phone === undefined) lock();
  else if (key === null) lockState.value = 'locked';
  if (phone === undefined) lockState.value = 'none';
}

/** Sets the phone up for an account, with a passphrase. */
export async function setUpByPassphrase(account: string, passphrase: string): Promise<void> {
  const salt = random(16);
  const made = await newKey(await keyOfPassphrase(passphrase, salt));
  await keep(account, { by: 'passphrase', salt, rounds, ...made.wrapped }, made.key);
}

/** Sets the phone up for an account, with a passkey of its own. It fails with a DOMException where there is none to be had. */
export async function setUpByPasskey(account: string): Promise<void> {
  const salt = random(32);
  const { credential, secret } = await makePasskey(salt);
  const made = await newKey(await keyOfSecret(secret, salt));
  await keep(account, { by: 'passkey', salt, credential, ...made.wrapped }, made.key);
}

async function keep(account: string, wrapped: Wrapped, made: CryptoKey): Promise<void> {
  await (await database()).put('phone', { owner: account, key: wrapped, wrong: 0 }, 'phone');
  owner.value = account;
  unlockedBy.value = wrapped.by;
  opened(made);
}

function opened(made: CryptoKey): void {
  key = made;
  lockState.value = 'open';
}

/** What a passphrase was: right, wrong with so many tries left, or wrong once too often, so that the drafts are gone. */
export type Try = { right: true } | { right: false; left: number };

/** Unlocks the phone by its passphrase. */
export async function unlockByPassphrase(passphrase: string): Promise<Try> {
  const phone = await counted();
  if (phone.key.by !== 'passphrase') throw new Error('this phone has no passphrase');
  const made = await unwrap(await keyOfPassphrase(passphrase, phone.key.salt, phone.key.rounds), phone.key);
  if (made !== null) {
    await (await database()).put('phone', { ...phone, wrong: 0 }, 'phone');
    opened(made);
    return { right: true };
  }
  const left = Math.max(0, triesAllowed - phone.wrong);
  if (left === 0) await forgetDrafts();
  draftsDeleted.value = left === 0;
  return { right: false, left };
}

// A try is counted before it is made, so that closing the page in between does not give another.
async function counted(): Promise<Phone> {
  const transaction = (await database()).transaction('phone', 'readwrite');
  const phone = await transaction.store.get('phone');
  if (phone === undefined) throw new Error('this phone is not set up');
  const tried = { ...phone, wrong: phone.wrong + 1 };
  await transaction.store.put(tried, 'phone');
  await transaction.done;
  return tried;
}

/** Unlocks the phone by its passkey; false where that was not the one. It fails with a DOMException where none was shown. */
export async function unlockByPasskey(): Promise<boolean> {
  const phone = await (await database()).get('phone', 'phone');
  if (phone?.key.by !== 'passkey') throw new Error('this phone has no passkey');
  const made = await unwrap(await keyOfSecret(await askPasskey(phone.key.credential, phone.key.salt), phone.key.salt), phone.key);
  if (made !== null) opened(made);
  return made !== null;
}

/** Deletes the drafts and the key to them, so that the phone has to be set up anew. What is finished stays. */
export async function forgetDrafts(): Promise<void> {
  const transaction = (await database()).transaction(['phone', 'drafts'], 'readwrite');
  await Promise.all([transaction.objectStore('phone').clear(), transaction.objectStore('drafts').clear(), transaction.done]);
  lock();
  owner.value = null;
  unlockedBy.value = null;
  lockState.value = 'none';
}

/** Locks the phone. */
export function lock(): void {
  key = null;
  if (lockState.value === 'open') lockState.value = 'locked';
}

/** Locks the phone, after a last word, when nobody has touched it for a while; until the function that it returns is called. */
export function lockWhenIdle(lockNow: () => void): () => void {
  let touched = Date.now();
  const touch = () => {
    if (!tooLong()) touched = Date.now();
  };
  const tooLong = () => Date.now() - touched >= idleAtMost;
  const look = () => { if (tooLong()) lockNow(); };
  const timer = setInterval(look, 5_000);
  for (const event of touches) addEventListener(event, touch, { passive: true });
  document.addEventListener('visibilitychange', look); // timers sleep with a phone
  return () => {
    clearInterval(timer);
    for (const event of touches) removeEventListener(event, touch);
    document.removeEventListener('visibilitychange', look);
  };
}

const touches = ['pointerdown', 'keydown', 'input'] as const;
