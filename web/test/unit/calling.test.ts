// A sign-out that the service could not be told of.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { named, PageRequest } from './requests.ts';

const owed = 'songtor.signing-out';

describe('a sign-out out of reach of the service', () => {
  let calling: typeof import('../../src/lib/calling.ts');
  let Problem: typeof import('../../src/lib/problem.ts').Problem;
  let asked: string[];
  let answers: (() => Promise<Response>)[];

  beforeEach(async () => {
    vi.resetModules();
    asked = [];
    answers = [];
    vi.stubGlobal('Request', PageRequest);
    vi.stubGlobal('fetch', (request: Request) => {
      asked.push(named(request));
      return answers.shift()?.() ?? Promise.resolve(Response.json({}));
    });
    calling = await import('../../src/lib/calling.ts');
    ({ Problem } = await import('../../src/lib/problem.ts'));
  });
  afterEach(() => { localStorage.removeItem(owed); });

  const away = () => Promise.reject(new TypeError('no network'));
  const gone = () => Promise.resolve(new Response(null, { status: 204 }));
  const over = () => Promise.resolve(new Response(null, { status: 401 }));
  const busy = () => Promise.resolve(new Response(null, { status: 503 }));
  const lost = () => Promise.resolve(new Response('404 page not found', { status: 404 })); // a proxy's, while the service is rolled out anew

  test.each([['away', away], ['busy', busy], ['not to be found', lost]])('goes before the next call while the service was %s', async (_, fails) => {
    answers = [fails, fails, gone];
    await expect(calling.leave()).rejects.toBeInstanceOf(Problem);
    await expect(calling.read('/api/v1/session')).rejects.toBeInstanceOf(Problem);
    expect(asked, 'nothing is asked for who has left').toEqual(Array(2).fill('DELETE /api/v1/session'));
    await Promise.all([calling.read('/api/v1/session'), calling.read('/api/v1/limits')]);
    expect(asked.slice(2)).toEqual(['DELETE /api/v1/session', 'GET /api/v1/session', 'GET /api/v1/limits']);
    await calling.read('/api/v1/session');
    expect(asked).toHaveLength(6);
  });

  test.each([['a session', gone], ['none', over]])('is over where the service ends %s', async (_, answer) => {
    answers = [answer];
    await calling.leave();
    await calling.read('/api/v1/session');
    expect(asked).toEqual(['DELETE /api/v1/session', 'GET /api/v1/session']);
  });

  // Each is a call that waits longer than the others do.
  test.each([
    ['a file', 'PUT', () => import('../../src/casework/files.ts').then(({ addFile }) => addFile('a', 'b', new File(['x'], 'x.txt'), false))],
    ['a report', 'GET', () => import('../../src/casework/report.ts').then(({ readReport }) => readReport('/api/v1/access-report'))],
  ])('goes before %s', async (_, method, call) => {
    localStorage.setItem(owed, '');
    answers = [gone, over];
    await expect(call()).rejects.toBeInstanceOf(Problem);
    expect(asked.map((one) => one.split(' ')[0])).toEqual(['DELETE', method]);
  });

  test('is remembered by the page that is loaded next', async () => {
    localStorage.setItem(owed, '');
    answers = [gone];
    await calling.read('/api/v1/session');
    expect(asked).toEqual(['DELETE /api/v1/session', 'GET /api/v1/session']);
    expect(localStorage.getItem(owed)).toBeNull();
  });

  test('keeps nobody from a page whose browser stores nothing', async () => {
    const storage = localStorage;
    const refuse = () => { throw new DOMException('no storage', 'SecurityError'); };
    vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
    await calling.read('/api/v1/session');
    await calling.leave();
    vi.stubGlobal('localStorage', storage);
    expect(asked).toEqual(['GET /api/v1/session', 'DELETE /api/v1/session']);
  });
});
