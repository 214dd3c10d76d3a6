// The service worker is started by an address that has to be trusted; the one policy of the page trusts this address alone.

const script = '/sw.js';

/** Starts the service worker, where the browser has them. */
export function registerWorker(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  navigator.serviceWorker.register(trusted(script)).catch((error: unknown) => {
    console.warn('the service worker did not start; the page works while there is a connection', error);
  });
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
