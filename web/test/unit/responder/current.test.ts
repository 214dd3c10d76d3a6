// The interview that is open on a phone, without a browser: that nothing of it is left in the page's memory for whoever uses the phone next.

import 'fake-indexeddb/auto';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Draft } from '../../../src/responder/draft.ts';
import { codeLists } from '../../../src/responder/form/lists.ts';
import { eventually } from '../eventually.ts';
import { entries, published, words } from './form.ts';

const draft: Draft = {
  id: '7a1d7f0e-5a54-4c1e-9f5d-7f1d3c6f2a10', form: 'screening', version: 1, hash: '', officerLanguage: 'th', personLanguage: 'my',
  startedAt: new Date().toISOString(), updatedAt: new Date().toISOString(), answers: { d_name_said: { state: 'answered', value: 'Zebrafinch' } },
};

const NodeRequest = Request;

// What the phone has of forms, by its address.
const kept: Readonly<Record<string, unknown>> = {
  '/api/v1/forms/screening/1': { schema: published },
  ...Object.fromEntries(['th', 'en', 'my'].map((language) => [`/api/v1/forms/screening/1/text/${language}`, words(language)])),
  ...Object.fromEntries(codeLists.map((list) => [`/api/v1/codes/${list}`, { items: entries(list) }])),
};

// The locks that the tabs of a browser share, as far as the page uses them.
const taken = new Set<string>();
type Run = (lock: object | null) => unknown;

async function request(name: string, ...rest: [Run] | [object, Run]): Promise<void> {
  const run = rest.at(-1) as Run;
  if (taken.has(name)) return void await run(null);
  taken.add(name);
  await Promise.resolve(run({})).finally(() => taken.delete(name));
}

// The page freshly loaded, over the database that is there.
async function load() {
  vi.resetModules();
  const [store, lock, current, person, { drafts }, { keeping }, { database, removeDatabase }, { standing, tabs }, { leavePhone }] = await Promise.all([
    import('../../../src/responder/store/index.ts'), import('../../../src/responder/store/lock.ts'), import('../../../src/responder/form/current.ts'),
    import('../../../src/responder/form/person.ts'), import('../../../src/responder/store/drafts.ts'), import('../../../src/responder/keeping.ts'),
    import('../../../src/responder/store/database.ts'), import('../../../src/lib/session.ts'), import('../../../src/shell/phone.ts'),
  ]);
  await store.begin();
  return { ...store, ...lock, ...current, ...person, drafts, keeping, database, removeDatabase, standing, leavePhone, tabs };
}

let page: Awaited<ReturnType<typeof load>>;

beforeEach(async () => {
  vi.stubGlobal('navigator', { languages: ['th-TH'], onLine: true, locks: { request } });
  vi.stubGlobal('document', { addEventListener: () => undefined, removeEventListener: () => undefined });
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('caches', {
    open: () => Promise.resolve({ match: (address: string) => Promise.resolve(address in kept ? Response.json(kept[address]) : undefined) }),
    delete: () => Promise.resolve(true),
  });
  vi.stubGlobal('fetch', ({ method }: Request) => (method === 'DELETE' ? Promise.resolve(new Response(null, { status: 204 })) : Promise.reject(new TypeError('no connection'))));
  vi.stubGlobal('Request', class extends NodeRequest { constructor(address: string, init: RequestInit) { super(new URL(address, 'http://localhost'), init); } });
  page = await load();
  await page.setUpByPassphrase('owner', 'four quiet garden lamps');
  await page.drafts.save(draft);
});

afterEach(async () => {
  page.lock();
  await page.removeDatabase();
});

async function openInterview(): Promise<void> {
  await page.openDraft(draft.id);
  await page.openPerson(page.draft.value);
  expect([page.draft.value, page.person.value?.language], 'the control: it is open').toEqual([draft, 'my']);
}

function signInAs(id: string): void {
  page.standing.value = { state: 'in', session: { user: { id } } as never };
}

const locked = () => eventually(() => expect(page.lockState.value).toBe('locked'));

function expectNothingLeft(): void {
  expect([page.draft.value, page.current.value, page.person.value]).toEqual([null, null, null]);
}

describe('an open interview', () => {
  test('is closed when the phone is locked, on whichever page, with what was typed last kept', async () => {
    await openInterview();
    page.answer('d_nickname', { state: 'answered', value: 'Finch' });
    await page.lockNow();
    expectNothingLeft();
    await page.unlockByPassphrase('four quiet garden lamps');
    expect((await page.drafts.open(draft.id))?.answers.d_nickname?.value).toBe('Finch');
  });

  test('is closed when everything is removed or the drafts are deleted', async () => {
    await openInterview();
    await page.forgetDrafts();
    expectNothingLeft();
    await page.setUpByPassphrase('owner', 'four quiet garden lamps');
    await page.drafts.save(draft);
    await openInterview();
    await page.removeEverything();
    expectNothingLeft();
  });

  test('does not come to be open when the phone is locked while it opens', async () => {
    const { open } = page.drafts;
    vi.spyOn(page.drafts, 'open').mockImplementation(async (id) => {
      const found = await open(id);
      page.lock();
      return found;
    });
    await page.openDraft(draft.id).catch(() => undefined);
    expectNothingLeft();
  });

  test('that is filled in at a desk knows no lock', async () => {
    page.lock();
    page.openAt({ home: '/', back: { href: '/', text: '' }, withheld: new Set() }, draft, {} as never);
    expect(page.draft.value).toEqual(draft);
    await page.unlockByPassphrase('four quiet garden lamps');
    page.lock();
    expect(page.draft.value).toEqual(draft);
  });
});

describe('in two tabs', () => {
  async function anotherTab() {
    const other = await load();
    await other.unlockByPassphrase('four quiet garden lamps');
    return other;
  }

  test('an interview is open in one of them, until that lets it go', async () => {
    await openInterview();
    const other = await anotherTab();
    expect(await other.openDraft(draft.id)).toBe('elsewhere');
    expect(other.draft.value).toBeNull();
    expect(await page.openDraft(draft.id), 'its own tab may come back to it').toBe('open');
    page.answer('d_nickname', { state: 'answered', value: 'Finch' });
    await page.leaveDraft();
    await eventually(async () => expect(await other.openDraft(draft.id)).toBe('open'));
    expect(other.draft.value?.answers.d_nickname?.value, 'with what the first has kept').toBe('Finch');
    other.lock();
    await eventually(async () => expect(await page.openDraft(draft.id)).toBe('open'));
  });

  test('an interview that is asked for twice at once opens, and one that is not there is not held', async () => {
    expect(await Promise.all([page.openDraft(draft.id), page.openDraft(draft.id)])).toEqual(['open', 'open']);
    expect(await page.openDraft('another')).toBe('missing');
    await eventually(() => expect(taken.size).toBe(0));
  });

  test('an interview opens where the browser has no locks', async () => {
    vi.stubGlobal('navigator', { languages: ['th-TH'], onLine: true });
    await openInterview();
  });
});

describe('the phone', () => {
  test('is locked when somebody else signs in, and their session does not keep its owner from unlocking it', async () => {
    signInAs('owner');
    await openInterview();
    signInAs('somebody else');
    await locked();
    expectNothingLeft();
    await page.unlockByPassphrase('four quiet garden lamps');
    signInAs('somebody else');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(page.lockState.value).toBe('open');
  });

  test('is locked when its owner signs out', async () => {
    signInAs('owner');
    await openInterview();
    page.leavePhone();
    await locked();
    expectNothingLeft();
  });

  test('is locked when it is left in another tab, or somebody else goes on with it there, and not by its owner', async () => {
    const other = new BroadcastChannel(page.tabs.name);
    for (const who of [null, 'somebody else']) {
      await openInterview();
      other.postMessage('owner');
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      expect(page.draft.value).toEqual(draft);
      other.postMessage(who);
      await locked();
      expectNothingLeft();
      await page.unlockByPassphrase('four quiet garden lamps');
    }
    other.close();
  });

  test('tells the other tabs when somebody signs out, also where it is locked itself', async () => {
    const other = new BroadcastChannel(page.tabs.name);
    const heard = vi.fn();
    other.onmessage = ({ data }) => { heard(data); };
    page.lock();
    page.leavePhone();
    await eventually(() => expect(heard).toHaveBeenCalledWith(null));
    other.close();
  });

  test('lets another tab have an interview that was left while it opened', async () => {
    const opening = page.openDraft(draft.id);
    await page.leaveDraft();
    await opening;
    expect(page.draft.value).toBeNull();
    await eventually(() => expect(taken.size).toBe(0));
  });

  test('is not locked when a session ends by itself, or its owner signs in again', async () => {
    signInAs('owner');
    await openInterview();
    page.standing.value = { state: 'out', ended: true };
    signInAs('owner');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(page.draft.value).toEqual(draft);
  });
});
