// The service worker: it keeps what a phone needs of the page, so that it opens without a network, and nothing of anybody's data. A newer
// worker waits until somebody takes it, so that no page is pulled from under an interview.

declare const __FILES__: string[];
declare const __VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const prefix = 'songtor-shell-';
const shell = prefix + __VERSION__;
const patience = 4_000; // milliseconds for the page, where the phone has one that works

worker.addEventListener('install', (event) => {
  event.waitUntil(keepShell());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropOldShells(), worker.clients.claim()]));
});

worker.addEventListener('message', (event) => {
  if (event.data === 'take over') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin || pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(page(request, pathname));
  else if (__FILES__.includes(pathname) || pathname.startsWith('/assets/')) event.respondWith(file(request));
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(shell);
  await cache.addAll(__FILES__.map((name) => new Request(name, { cache: 'no-cache' })));
}

// The shell before stays: another tab may still show it, and load more of it.
async function dropOldShells(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== shell);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
}

// The pages of the phone are those of the version that it has, until a newer one is taken. All others come from the service.
async function page(request: Request, pathname: string): Promise<Response> {
  const kept = await (await caches.open(shell)).match('/');
  if (kept === undefined) return fetch(request);
  if (pathname === '/responder' || pathname.startsWith('/responder/')) return kept;
  try {
    return await fetch(request, { signal: AbortSignal.timeout(patience) });
  } catch {
    return kept;
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await (await caches.open(shell)).match(request) ?? await caches.match(request);
  return kept ?? fetch(request);
}

export {};
