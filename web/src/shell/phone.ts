// Whether this browser is somebody's phone in the field. It is known without a session, so that the page begins in the right place
// where there is no network, and it says nothing of a person.

import { signal } from '@preact/signals';

import { session, signOut, tabs } from '../lib/session.ts';

const storageKey = 'songtor.phone';

/** Whether the browser was set up as a responder's phone. */
export const isPhone = signal(remembered());

function remembered(): boolean {
  try {
    return localStorage.getItem(storageKey) !== null;
  } catch {
    return false; // the browser keeps nothing for this page
  }
}

/** Notes that the browser was set up as a responder's phone, or is one no more. */
export function setPhone(is: boolean): void {
  if (is) localStorage.setItem(storageKey, 'set up');
  else localStorage.removeItem(storageKey);
  isPhone.value = is;
}

/** Whether somebody may have to leave the page in a hurry: where forms are filled in beside a person. */
export function leavingOffered(): boolean {
  return isPhone.value || session.value?.user.role === 'responder';
}

/** Locks what an unlocked phone shows; null while there is nothing to lock. */
export const lockPhone = signal<(() => void) | null>(null);

/** Tells every tab that somebody goes on with the phone: what is another's is locked there. */
export function goOn(user: string): void {
  tabs.postMessage(user);
}

/** Locks the phone in every tab. */
export function lockTabs(): void {
  tabs.postMessage(null);
  lockPhone.value?.();
}

/** Signs out, and locks the phone: whoever signs out leaves it to the next. A session that ends by itself locks nothing, for an interview goes on without it. */
export function leavePhone(): void {
  lockTabs();
  void signOut();
}
