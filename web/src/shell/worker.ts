// The service worker is started by an address that has to be trusted; the one policy of the page trusts this address alone. A newer
// worker waits until somebody takes it.

import { signal } from '@preact/signals';

const script = '/sw.js';
const patience = { before: 1_000, after: 10_000 }; // milliseconds until the page is loaded anew to take a version, and in which it still may be

/** The newer version that waits to be taken; null where there is none. */
export const waitingWorker = signal<ServiceWorker | null>(null);

let started = false;

/** Starts the service worker, where the browser has them: once. */
export function registerWorker(): void {
  if (started || !('serviceWorker' in navigator) || import.meta.env.DEV) return;
  started = true;
  navigator.serviceWorker.register(trusted(script)).then(watch, (error: unknown) => {
    console.warn('the service worker did not start; the page works while there is a connection', error);
  });
}

function watch(registration: ServiceWorkerRegistration): void {
  const look = () => {
    waitingWorker.value = navigator.serviceWorker.controller === null ? null : registration.waiting;
  };
  look();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && navigator.onLine) void registration.update().catch(() => undefined); // next time, then
  });
  goOnTaking(registration);
}

/**
 * Takes the version that waits, and loads the page anew with it. The version before may keep the newer one waiting for minutes, for as long as
 * the browser takes it to be at something. That ends with the page, which is then loaded once more.
 */
export function takeUpdate(): void {
  remember('asked');
  navigator.serviceWorker.addEventListener('controllerchange', loadTaken, { once: true });
  waitingWorker.value?.postMessage('take over');
  setTimeout(() => location.reload(), patience.before);
}

function goOnTaking(registration: ServiceWorkerRegistration): void {
  const { update } = (history.state ?? {}) as { update?: Taking };
  if (update === 'taken') remember(null);
  if (update !== 'asked') return;
  if (registration.waiting === null) loadTaken();
  else navigator.serviceWorker.addEventListener('controllerchange', loadTaken, { once: true, signal: AbortSignal.timeout(patience.after) });
}

function loadTaken(): void {
  remember('taken');
  location.reload();
}

// How far this tab is with a newer version; the entry of its history keeps it over a reload.
type Taking = 'asked' | 'taken' | null;

function remember(update: Taking): void {
  history.replaceState(update && { update }, '');
}

function trusted(address: string): string {
  const policy = window.trustedTypes?.createPolicy('app', {
    createScriptURL(wanted) {
      if (wanted !== script) throw new TypeError('only the service worker is a script of the page');
      return wanted;
    },
  });
  return policy?.createScriptURL(address) ?? address;
}
