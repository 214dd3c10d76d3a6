// The stream of changes, kept open for as long as somebody is signed in. Pages that show what may change listen to it.

import { useEffect } from 'preact/hooks';

import { Problem, send } from './api.ts';
import { learnSession, session, sessionOver, tabs } from './session.ts';
import { type Announcement, connection, told } from './status.ts';

const firstDelay = 1_000;
const longestDelay = 30_000;
const gap = 500; // milliseconds between two reads because of changes

/** Reads again what is shown. What it promises is waited for before it is called once more. */
type Listener = () => void | Promise<void>;

const listeners = new Set<Listener>();
const changed = gathered(async () => {
  await Promise.all([...listeners].map((listener) => listener()));
}, gap);

/** Calls a function whenever something may have changed, until the function that it returns is called. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

/** Calls the newest given function whenever something may have changed, for as long as the component is shown. */
export function useChanges(listener: Listener): void {
  useEffect(() => onChange(listener), [listener]);
}

/** Follows the changes, where the role allows it, until the function that it returns is called. */
export function follow(): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = firstDelay;
  let ended = false;

  function open(): void {
    source?.close();
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', opened);
    source.addEventListener('error', interrupted);
    source.addEventListener('change', changed);
    source.addEventListener('alerts', changed);
    source.addEventListener('read-only', announced);
    source.addEventListener('stale', announced);
  }

  // What is over is told again, and names nothing then.
  function announced({ type, data }: MessageEvent<string>): void {
    const others = told.value.filter((one) => one !== type);
    told.value = data.endsWith('[]}') ? others : [...others, type as Announcement];
  }

  function opened(): void {
    delay = firstDelay;
    connection.value = 'live';
    told.value = []; // it is said anew where it is still so
    void changed(); // some may have been missed
  }

  // A browser would connect again by itself, for whoever its cookie names: also for somebody who has signed out where the service was out of
  // reach. The call before it says so first.
  function interrupted(): void {
    source?.close();
    connection.value = 'offline';
    later();
  }

  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void again(), delay);
    delay = Math.min(2 * delay, longestDelay);
  }

  async function again(): Promise<void> {
    try {
      await send('HEAD', '/api/v1/events', undefined);
      if (!ended) open();
    } catch (error) {
      if (ended) return;
      if (error instanceof Problem && error.status === 401) return sessionOver();
      if (error instanceof Problem && error.status === 403) return; // this role follows nothing
      connection.value = 'offline';
      later();
    }
  }

  // The browser knows at once that a network is gone; the stream notices much later.
  function networkLost(): void {
    source?.close();
    clearTimeout(timer);
    connection.value = 'offline';
  }

  function networkBack(): void {
    delay = firstDelay;
    void again();
  }

  // The tabs of a browser share a cookie: what this one asked or gave after somebody else has signed in beside it would be theirs.
  function learnWho({ data }: MessageEvent<string | null>): void {
    if (data !== session.peek()?.user.id) void learnSession();
  }

  tabs.addEventListener('message', learnWho);
  addEventListener('offline', networkLost);
  addEventListener('online', networkBack);
  void again();
  return () => {
    ended = true;
    tabs.removeEventListener('message', learnWho);
    removeEventListener('offline', networkLost);
    removeEventListener('online', networkBack);
    clearTimeout(timer);
    source?.close();
    connection.value = null;
    told.value = [];
  };
}

/**
 * Wraps a slow function so that calls while it runs, or within gap milliseconds after, are answered by one more run. A burst of
 * changes then costs a few reads, and a lone change none of the waiting.
 */
export function gathered(run: () => Promise<void>, pause: number): () => Promise<void> {
  let busy = false;
  let wanted = false;
  return async function call() {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await run().catch(() => undefined); // who reads again says what went wrong
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    busy = false;
  };
}
