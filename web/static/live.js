// The stream of changes, kept open for as long as somebody is signed in.

import { changes, mayFollow } from './api.js';

const firstDelay = 1_000;
const longestDelay = 30_000;

/**
 * Follows the changes, where the role allows it. onChange is called at every change, and whenever the stream has opened, since some
 * may have been missed; onState with "live" or "offline"; onSignedOut when the session is over. Returns a function that ends it.
 */
export function follow({ onChange, onState, onSignedOut }) {
  let source = null;
  let timer = null;
  let delay = firstDelay;
  let ended = false;

  function open() {
    source = changes();
    source.addEventListener('open', opened);
    source.addEventListener('error', interrupted);
    source.addEventListener('change', onChange);
    source.addEventListener('alerts', onChange);
  }

  function opened() {
    delay = firstDelay;
    onState('live');
    onChange();
  }

  // A browser reconnects by itself after a broken connection, but not after an answer that is no stream.
  function interrupted() {
    onState('offline');
    if (source.readyState === EventSource.CLOSED) later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(again, delay);
    delay = Math.min(2 * delay, longestDelay);
  }

  async function again() {
    try {
      if (await mayFollow() && !ended) open();
    } catch (error) {
      if (ended) return;
      if (error.status === 401) return onSignedOut();
      onState('offline');
      later();
    }
  }

  // The browser knows at once that a network is gone; the stream notices much later.
  function networkLost() {
    source?.close();
    clearTimeout(timer);
    onState('offline');
  }

  function networkBack() {
    delay = firstDelay;
    again();
  }

  addEventListener('offline', networkLost);
  addEventListener('online', networkBack);
  again();
  return () => {
    ended = true;
    removeEventListener('offline', networkLost);
    removeEventListener('online', networkBack);
    clearTimeout(timer);
    source?.close();
  };
}

/**
 * Wraps a slow function so that calls while it runs, or within gap milliseconds after, are answered by one more run. A burst of
 * changes then costs a few reads, and a lone change none of the waiting.
 */
export function gathered(run, gap) {
  let busy = false;
  let wanted = false;
  return async function call() {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await run();
      await new Promise((resolve) => setTimeout(resolve, gap));
    }
    busy = false;
  };
}
