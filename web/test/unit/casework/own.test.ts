// What somebody has begun at a desk outlives the end of their session, and is nobody else's.

import { beforeEach, describe, expect, test, vi } from 'vitest';

import * as filling from '../../../src/casework/amend/filling.ts';
import type { Opened } from '../../../src/casework/case/store.ts';
import * as decision from '../../../src/casework/decide/draft.ts';
import { learnSession, sessionOver, signOut, standing } from '../../../src/lib/session.ts';
import { answer, draft } from '../../../src/responder/form/current.ts';
import { entries, published, words } from '../responder/form.ts';

const caseId = 'c0a80101-0000-4000-8000-000000000001';

// The client takes the browser's Request when it is made, before anything here runs.
vi.hoisted(() => {
  const NodeRequest = Request;
  vi.stubGlobal('Request', class extends NodeRequest {
    constructor(address: string | Request, init?: RequestInit) { super(typeof address === 'string' ? new URL(address, 'http://localhost') : address, init); }
  });
});
vi.stubGlobal('fetch', (request: Request) => Promise.resolve(answered(request.method, new URL(request.url).pathname.split('/').slice(3))));

function answered(method: string, [what = '', name = '', version, , language = '']: string[]): Response {
  if (what === 'session') return method === 'DELETE' ? new Response(null, { status: 204 }) : Response.json({ type: 'urn:songtor:problem:not-signed-in' }, { status: 401 });
  if (what === 'codes') return Response.json({ items: entries(name as 'provinces') });
  if (version === undefined) return Response.json({ version: 1 });
  return Response.json(language === '' ? { schema: published } : words(language));
}

function signedInAs(id: string): void {
  standing.value = { state: 'in', session: { user: { id } } as never };
}

// Something of both kinds is begun, as by typing one answer.
beforeEach(async () => {
  signedInAs('manager');
  const found = { case_id: caseId, case_reference: 'AAAA', province: 'TH-50', screenings: [] };
  await filling.begin({ found, timeline: { position: 7 } } as unknown as Opened, null);
  answer('d_nickname', { state: 'answered', value: 'a long story' });
  decision.keep(decision.draftOf(caseId, 'close', found as never, {}), { answers: { reason: 'a long story' } as never });
});

const kept = () => [filling.fillingOf(caseId, null) && draft.value?.answers.d_nickname?.value, decision.begunOf(caseId, 'close')?.answers.reason];
const all = ['a long story', 'a long story'];
const nothing = [null, undefined];

describe('what was begun at a desk', () => {
  test('is there again when the same person signs in after their session ran out', async () => {
    sessionOver();
    await learnSession(); // hears again that nobody is signed in
    signedInAs('manager');
    expect(kept()).toEqual(all);
  });

  test('is not there for somebody else', () => {
    sessionOver();
    signedInAs('another');
    expect(kept()).toEqual(nothing);
    expect(draft.value).toBeNull();
  });

  test('is gone when its owner signs out', async () => {
    await signOut();
    signedInAs('manager');
    expect(kept()).toEqual(nothing);
  });
});
