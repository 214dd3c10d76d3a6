// What the phone keeps, without a browser: that it opens for the right key alone, that finishing happens at once or not at all, and that
// what waits is sent until it is settled, once.

import 'fake-indexeddb/auto';

import { generateKeyPairSync, sign } from 'node:crypto';

import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Receipt } from '../../../src/lib/api.ts';
import type { Draft, ScreeningBody } from '../../../src/responder/draft.ts';
import { base64, close, keyOfPassphrase, keyOfSecret, newKey, open, random, unwrap } from '../../../src/responder/store/crypt.ts';
import type { Item } from '../../../src/responder/store/database.ts';
import { verdictOn } from '../../../src/responder/store/receipt.ts';
import { seal } from '../../../src/responder/store/seal.ts';
import { eventually } from '../eventually.ts';

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const service = await suite.kem.generateKeyPair();
const sealKey = { id: '2026-11', public_key: base64(await suite.kem.serializePublicKey(service.publicKey)) };
const keys = { seal: sealKey, receipt_key: '' };

const draft: Draft = {
  id: '7a1d7f0e-5a54-4c1e-9f5d-7f1d3c6f2a10', form: 'screening', version: 1, hash: '', officerLanguage: 'th', personLanguage: 'my',
  startedAt: new Date().toISOString(), updatedAt: new Date().toISOString(), answers: { d_name_said: { state: 'answered', value: 'Zebrafinch' } }, initials: 'Ze',
};
const body: ScreeningBody = { form: 'screening', version: 1, occurred_at: draft.startedAt, recorded_at: draft.updatedAt, province: 'TH-50', answers: draft.answers };
const receipt: Receipt = {
  command_id: draft.id, case_id: 'c0a80101-0000-4000-8000-000000000001', case_reference: 'AAAA-BBBB-CCCC-DDDD', position: 7, digest: 'ab'.repeat(32),
  mmd_seconds: 60, key_id: '', signature: '',
};

describe('the key of drafts', () => {
  test('opens for the same passphrase alone, however it was typed', async () => {
    const salt = random(16);
    const { key, wrapped } = await newKey(await keyOfPassphrase('caf\u00e9 lamps', salt, 1000));
    const closed = await close(key, 'draft', { word: 'Zebrafinch' });
    expect(Buffer.from(closed.bytes).includes('Zebrafinch')).toBe(false);
    const again = await unwrap(await keyOfPassphrase('cafe\u0301 lamps', salt, 1000), wrapped);
    expect(again).not.toBeNull();
    if (again !== null) expect(await open(again, 'draft', closed)).toEqual({ word: 'Zebrafinch' });
    expect(await unwrap(await keyOfPassphrase('caf\u00e9 lamp', salt, 1000), wrapped)).toBeNull();
    expect(await unwrap(await keyOfPassphrase('caf\u00e9 lamps', random(16), 1000), wrapped)).toBeNull();
    await expect(open(key, 'another draft', closed)).rejects.toThrow();
  });

  test('opens for the same secret of a passkey alone', async () => {
    const [salt, secret] = [random(32), random(32)];
    const { wrapped } = await newKey(await keyOfSecret(secret, salt));
    expect(await unwrap(await keyOfSecret(secret, salt), wrapped)).not.toBeNull();
    expect(await unwrap(await keyOfSecret(random(32), salt), wrapped)).toBeNull();
  });
});

describe('a sealed form', () => {
  test('opens at the service, under its own id, and tells nothing of the length', async () => {
    const sealed = await seal(sealKey, draft.id, body);
    const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer;
    const opening = (id: string) => suite.open(
      { recipientKey: service.privateKey, enc: bytes(sealed.enc), info: new TextEncoder().encode('songtor form v1').buffer as ArrayBuffer },
      bytes(sealed.ciphertext), new TextEncoder().encode(id).buffer as ArrayBuffer,
    );
    expect(JSON.parse(new TextDecoder().decode(await opening(draft.id)))).toEqual(body);
    await expect(opening('another id')).rejects.toThrow();
    expect(Buffer.from(sealed.ciphertext, 'base64').length % 4096).toBe(16);
    expect(JSON.stringify(sealed)).not.toContain('Zebrafinch');
    const longer = await seal(sealKey, draft.id, { ...body, province: 'TH-10' });
    expect(longer.ciphertext).not.toBe(sealed.ciphertext);
    expect(longer.ciphertext.length).toBe(sealed.ciphertext.length);
  });
});

describe('a receipt', () => {
  const pair = generateKeyPairSync('ed25519');
  const raw = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const verifier = `log.example/receipts+0a0b0c0d+${Buffer.concat([Buffer.from([1]), raw]).toString('base64')}`;

  function signed(part: Partial<Receipt> = {}): Receipt {
    const whole = { ...receipt, key_id: '0a0b0c0d' };
    const text = `songtor receipt v1\nlog log.example/cases\ncase ${whole.case_id}\ncommand ${whole.command_id}\nposition 7\ndigest ${whole.digest}\nin the tree within 60 s\n`;
    return { ...whole, signature: sign(null, Buffer.from(text), pair.privateKey).toString('base64'), ...part };
  }

  test('is checked by the key that the phone has', async () => {
    expect(await verdictOn(signed(), verifier)).toBe('good');
    expect(await verdictOn(signed({ position: 8 }), verifier)).toBe('bad');
    expect(await verdictOn(signed({ case_id: draft.id }), verifier)).toBe('bad');
    expect(await verdictOn(signed({ key_id: '00000000' }), verifier)).toBe('unknown');
  });
});

// The phone as a whole, freshly loaded as after a reload, over the database that is there.
async function load() {
  vi.resetModules();
  const lock = await import('../../../src/responder/store/lock.ts');
  const outbox = await import('../../../src/responder/store/outbox.ts');
  const drafts = await import('../../../src/responder/store/drafts.ts');
  const database = await import('../../../src/responder/store/database.ts');
  const session = await import('../../../src/lib/session.ts');
  const clock = await import('../../../src/lib/clock.ts');
  const kept = await import('../../../src/responder/store/clock.ts');
  const begin = await import('../../../src/responder/form/begin.ts');
  return { ...lock, outbox, ...drafts, ...database, ...clock, ...kept, ...begin, standing: session.standing };
}

type Phone = Awaited<ReturnType<typeof load>>;

let answers: (() => Response | Promise<Response>)[] = [];
let sent: { url: string; body: string }[] = [];
let phone: Phone;

beforeEach(async () => {
  answers = [];
  sent = [];
  vi.useFakeTimers({ toFake: ['Date'], now: new Date() });
  vi.stubGlobal('navigator', { languages: ['th-TH'], onLine: true, locks: { request: (_: string, run: () => Promise<void>) => run() } });
  vi.stubGlobal('fetch', async (request: Request) => {
    if (new URL(request.url).pathname === '/api/v1/session') return new Response('{}', { status: 503 });
    sent.push({ url: request.url, body: await request.text() });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('no connection');
    return answer();
  });
  const NodeRequest = Request;
  vi.stubGlobal('Request', class extends NodeRequest { constructor(address: string, init: RequestInit) { super(new URL(address, 'http://localhost'), init); } });
  phone = await load();
  await phone.setUpByPassphrase('owner', 'four quiet garden lamps');
  await (await phone.database()).put('facts', JSON.stringify(keys), 'service keys');
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await phone.removeDatabase();
});

function signInAs(id: string, assurance?: 'password_only'): void {
  phone.standing.value = { state: 'in', session: { user: { id }, assurance } as never };
}

const hour = 3600_000;
const taken = () => Response.json(receipt, { status: 201 });
const problem = (status: number) => () => Response.json({ type: 'urn:songtor:problem:x', status }, { status });

async function stored(): Promise<Item | undefined> {
  return (await phone.database()).get('outbox', draft.id);
}

describe('drafts', () => {
  test('are closed where they lie, and open after a reload with the passphrase', async () => {
    await phone.drafts.save(draft);
    const kept = await (await phone.database()).get('drafts', draft.id);
    expect(Buffer.from(kept?.bytes ?? new ArrayBuffer(0)).includes('Zebrafinch')).toBe(false);
    (await phone.database()).close();
    phone = await load();
    await phone.learnLock();
    expect(phone.lockState.value).toBe('locked');
    await expect(phone.drafts.open(draft.id)).rejects.toThrow('locked');
    expect(await phone.unlockByPassphrase('something else')).toEqual({ right: false, left: 9 });
    expect(await phone.unlockByPassphrase('four quiet garden lamps')).toEqual({ right: true });
    expect(await phone.drafts.open(draft.id)).toEqual(draft);
    expect(await phone.drafts.list()).toEqual([{ id: draft.id, startedAt: draft.startedAt, updatedAt: draft.updatedAt, keptUntil: expect.any(String) as string, initials: 'Ze' }]);
  });

  test('go when nobody has touched them for three days', async () => {
    await phone.drafts.save(draft);
    await phone.dropOld(Date.now());
    await phone.dropOld(Date.now() + 71 * hour);
    expect(await phone.drafts.list()).toMatchObject([{ keptUntil: new Date(Date.now() + 72 * hour).toISOString() }]);
    await phone.dropOld(Date.now() + 73 * hour);
    expect(await phone.drafts.list()).toEqual([]);
    expect(phone.dropped.value).toBe(1);
    await phone.drafts.save(draft);
    await phone.dropOld(Date.now());
    await phone.drafts.save(draft);
    await phone.dropOld(Date.now() + 73 * hour);
    expect(await phone.drafts.list(), 'touched since').toHaveLength(1);
  });

  test('stay when the clock of the phone was days behind and is put right', async () => {
    vi.setSystemTime(Date.now() - 5 * 24 * hour);
    await phone.drafts.save({ ...draft, updatedAt: new Date().toISOString() });
    vi.setSystemTime(Date.now() + 5 * 24 * hour);
    expect(await phone.drafts.list(), 'nothing was heard of the service').toHaveLength(1);
    phone.followClock();
    phone.learnTime(new Date().toUTCString());
    await eventually(async () => expect((await (await phone.database()).get('drafts', draft.id))?.seen).toBeDefined());
    expect(await phone.drafts.list()).toHaveLength(1);
  });

  test('are dated by the service, also when the page begins anew without a network', async () => {
    const right = Math.floor(Date.now() / 1000) * 1000;
    vi.setSystemTime(right + hour);
    phone.followClock();
    phone.learnTime(new Date(right).toUTCString());
    await eventually(async () => expect(await (await phone.database()).get('facts', 'clock ahead')).toBe(String(-hour)));
    (await phone.database()).close();
    phone = await load();
    await phone.learnClock();
    const { startedAt } = phone.newDraft({ name: 'screening', version: 1, hash: '' });
    expect(Math.abs(Date.parse(startedAt) - right)).toBeLessThan(60_000);
  });

  test('are deleted after ten wrong passphrases; what is finished stays', async () => {
    await phone.outbox.finish(draft, body);
    await phone.drafts.save({ ...draft, id: 'another' });
    for (let i = 0; i < 9; i += 1) expect(await phone.unlockByPassphrase('wrong')).toEqual({ right: false, left: 9 - i });
    expect(await phone.unlockByPassphrase('wrong')).toEqual({ right: false, left: 0 });
    expect(phone.lockState.value).toBe('none');
    expect(await (await phone.database()).count('drafts')).toBe(0);
    expect((await stored())?.sealed).toBeDefined();
  });
});

describe('the outbox', () => {
  test('takes a form and lets its draft go, at once or not at all', async () => {
    await phone.drafts.save(draft);
    await phone.outbox.finish(draft, body);
    expect(await phone.drafts.open(draft.id)).toBeNull();
    expect(JSON.stringify(await stored())).not.toContain('Zebrafinch');
    await expect(phone.drafts.save(draft), 'what is finished does not become readable again').rejects.toThrow('finished');
    expect(await phone.drafts.open(draft.id)).toBeNull();
    await phone.outbox.removeItem(draft.id);
    await phone.drafts.save(draft);
    await (await phone.database()).put('outbox', { id: draft.id, owner: 'owner', state: 'waiting', finishedAt: draft.updatedAt, attempts: 0 });
    await expect(phone.outbox.finish(draft, body), 'an id is finished once').rejects.toThrow();
    expect(await phone.drafts.open(draft.id), 'the draft is still there').not.toBeNull();
  });

  test('sends the same bytes until there is a reply', async () => {
    signInAs('owner');
    answers = [() => { throw new TypeError('the reply was lost'); }];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    answers = [taken];
    await phone.outbox.sendAll();
    expect(new Set(sent.map((each) => each.body)).size).toBe(1);
    expect(await stored()).toMatchObject({ state: 'received', receipt: { case_reference: receipt.case_reference } });
    expect((await stored())?.sealed).toBeUndefined();
    const before = sent.length;
    await phone.outbox.sendAll();
    expect(sent.length).toBe(before);
  });

  test('waits for its owner', async () => {
    signInAs('somebody else');
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect(sent).toEqual([]);
    expect(phone.outbox.needsSignIn.value).toBe(true);
  });

  test('waits for the second factor of its owner', async () => {
    signInAs('owner', 'password_only');
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect(sent).toEqual([]);
    expect(phone.outbox.needsSignIn.value).toBe(true);
    signInAs('owner');
    answers = [taken];
    await phone.outbox.sendAll();
    expect((await stored())?.state).toBe('received');
    expect(phone.outbox.needsSignIn.value).toBe(false);
  });

  test('waits on where the service asks for a second factor, also for what was once given up for that', async () => {
    signInAs('owner');
    const refused = () => Response.json({ type: 'urn:songtor:problem:step-up-required', status: 403 }, { status: 403 });
    answers = [refused, refused];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect((await stored())?.state).toBe('waiting');
    expect(phone.outbox.needsSignIn.value).toBe(true);
    const given = await stored();
    if (given === undefined) throw new Error('the form is gone');
    await (await phone.database()).put('outbox', { ...given, state: 'attention', refusal: { status: 403, kind: 'step-up-required' } });
    await (await phone.database()).put('outbox', { ...given, id: 'another', state: 'attention', refusal: { status: 403, kind: 'not-allowed' } });
    await phone.outbox.learnItems();
    await phone.outbox.waitAgain();
    expect((await stored())?.state).toBe('waiting');
    expect((await (await phone.database()).get('outbox', 'another'))?.state).toBe('attention');
  });

  test.each([429, 500, 503, 401, 408])('tries again after a %i', async (status) => {
    signInAs('owner');
    answers = [problem(status), problem(status)];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect((await stored())?.state).toBe('waiting');
  });

  test('waits for the moment that a clock ahead gave a form, and lets the others go first', async () => {
    signInAs('owner');
    const passed = vi.spyOn(performance, 'now').mockReturnValue(0);
    const early = (...pointers: string[]) => () => Response.json({ errors: pointers.map((pointer) => ({ pointer, keyword: 'x-not-future' })) }, { status: 422 });
    answers = [early('/occurred_at', '/recorded_at')];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect(await stored()).toMatchObject({ state: 'waiting', attempts: 1 });
    answers = [taken];
    await phone.outbox.finish({ ...draft, id: 'another' }, body);
    await phone.outbox.sendAll();
    expect((await (await phone.database()).get('outbox', 'another'))?.state).toBe('received');
    expect(await stored()).toMatchObject({ state: 'waiting', attempts: 1 });
    for (const [minutes, attempts] of [[1, 2], [2, 2], [3, 3], [60, 4]] as const) {
      passed.mockReturnValue(minutes * 60_000);
      answers = [early('/recorded_at')];
      await phone.outbox.sendAll();
      expect(await stored(), `after ${minutes} minutes`).toMatchObject({ state: 'waiting', attempts });
    }
    passed.mockReturnValue(120 * 60_000);
    answers = [early('/occurred_at', '/answers/d_birth_date')];
    await phone.outbox.sendAll();
    expect((await stored())?.state).toBe('attention');
  });

  test('asks nobody to sign in who has, while a form waits for its moment, and asks a person where that is more than a day ahead', async () => {
    signInAs('owner');
    const early = () => Response.json({ errors: [{ pointer: '/recorded_at', keyword: 'x-not-future' }] }, { status: 422 });
    answers = [early];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    phone.outbox.needsSignIn.value = true; // the session had run out
    await phone.outbox.sendAll();
    expect(phone.outbox.needsSignIn.value).toBe(false);
    expect(await stored()).toMatchObject({ state: 'waiting', attempts: 1 });
    answers = [early];
    await phone.outbox.finish({ ...draft, id: 'another' }, { ...body, recorded_at: new Date(Date.now() + 48 * 60 * 60_000).toISOString() });
    await phone.outbox.sendAll();
    expect((await (await phone.database()).get('outbox', 'another'))?.state).toBe('attention');
  });

  test.each([409, 410, 422, 403])('asks for attention after a %i, and keeps the form', async (status) => {
    signInAs('owner');
    answers = [problem(status), problem(status)];
    await phone.outbox.finish(draft, body);
    await phone.outbox.sendAll();
    expect(await stored()).toMatchObject({ state: 'attention', refusal: { status } });
    const item = await stored();
    if (item?.sealed === undefined) throw new Error('the form is gone');
    const line = JSON.parse(await phone.outbox.exported({ id: item.id, sealed: item.sealed }).text()) as Record<string, string>;
    expect(line).toEqual({ id: draft.id, ...item.sealed });
  });

  test('outlives an update of the database', async () => {
    await phone.removeDatabase();
    const sealed = await seal(sealKey, draft.id, body);
    const old = await openDB('songtor-phone', 1, {
      upgrade(db) {
        db.createObjectStore('phone');
        db.createObjectStore('drafts', { keyPath: 'id' });
        db.createObjectStore('outbox', { keyPath: 'id' });
      },
    });
    await old.put('outbox', { id: draft.id, owner: 'owner', state: 'sending', finishedAt: draft.updatedAt, attempts: 3, sealed });
    old.close();
    phone = await load();
    signInAs('owner');
    answers = [taken];
    await phone.outbox.sendAll();
    expect(JSON.parse(sent[0]?.body ?? '{}')).toEqual(sealed);
    expect((await stored())?.state).toBe('received');
  });
});
