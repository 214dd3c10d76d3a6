// The service worker is started by an address that has to be trusted; the one policy of the page trusts this address alone. A newer
// worker waits until somebody takes it.

import { signal } from '@preact/signals';

const script = '/sw.js';

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
}

/** Takes the version that waits, and loads the page anew with it. */
export function takeUpdate(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waitingWorker.value?.postMessage('take over');
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
