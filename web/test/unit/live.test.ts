// The stream of changes, where somebody has signed out in another tab.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { named, PageRequest } from './requests.ts';

const owed = 'songtor.signing-out';

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;
  constructor() {
    super();
    Stream.opened.push(this);
  }
  close(): void { this.readyState = Stream.CLOSED; }
}

describe('the stream of changes', () => {
  let asked: string[];
  let stop: () => void;

  beforeEach(async () => {
    vi.resetModules();
    vi.useFakeTimers();
    asked = [];
    Stream.opened = [];
    vi.stubGlobal('removeEventListener', () => undefined);
    vi.stubGlobal('EventSource', Stream);
    vi.stubGlobal('Request', PageRequest);
    vi.stubGlobal('fetch', (request: Request) => {
      asked.push(named(request));
      const over = asked.includes('DELETE /api/v1/session') || asked.includes('GET /api/v1/session');
      return Promise.resolve(new Response(null, { status: request.method === 'DELETE' ? 204 : over ? 401 : 200 }));
    });
    stop = (await import('../../src/lib/live.ts')).follow();
    await vi.waitFor(() => { expect(Stream.opened).toHaveLength(1); });
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    localStorage.removeItem(owed);
  });

  test('is not opened again before the service has heard of the sign-out', async () => {
    localStorage.setItem(owed, '');
    const [stream] = Stream.opened;
    if (stream === undefined) throw new Error('there is no stream');
    stream.readyState = 0; // the browser would open it again by itself
    stream.dispatchEvent(new Event('error'));
    expect(stream.readyState, 'the browser leaves it to the page').toBe(Stream.CLOSED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(['HEAD /api/v1/events', 'DELETE /api/v1/session', 'HEAD /api/v1/events']);
    expect(Stream.opened).toHaveLength(1);
  });

  test('asks who is there where another tab tells of somebody else, and not where this one does', async () => {
    const { tabs } = await import('../../src/lib/session.ts');
    const other = new BroadcastChannel(tabs.name);
    const heard = vi.fn();
    other.onmessage = heard;
    tabs.postMessage(null);
    await vi.waitFor(() => { expect(heard).toHaveBeenCalled(); });
    expect(asked).not.toContain('GET /api/v1/session');
    other.postMessage(null);
    await vi.waitFor(() => { expect(asked).toContain('GET /api/v1/session'); });
    other.close();
  });

  test('is opened again after an interruption', async () => {
    const [stream] = Stream.opened;
    stream?.dispatchEvent(new Event('error'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(Stream.opened).toHaveLength(2);
  });
});
