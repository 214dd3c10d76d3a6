// The service worker. It keeps nothing yet: every request goes to the service.

const worker = self as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

export {};
