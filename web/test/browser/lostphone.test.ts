// A phone that is reported lost with a finished form in it: the form is handed over once, tells nothing to whoever has the phone, and is
// recorded when somebody has decided that it is.

import { readFile } from 'node:fs/promises';

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { type Language, languages, type Opened, openPage, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { fillIn, setUpPhone, startInterview } from '../support/responder.ts';
import { type Caller, type Service, signedIn, startService } from '../support/service.ts';

const planted = 'Zebrafinch Quixotry';
const ofPhone = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36';

interface Held {
  id: string;
  screening_id: string;
  state: string;
}

let service: Service;
let browser: Browser;
let admin: Caller;
const opened: Opened[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  admin = await signedIn(service, 'admin');
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  const faults = opened.flatMap((one) => one.faults);
  await Promise.all(opened.splice(0).map(({ context }) => context.close()));
  expect(faults, 'errors and violations of the content security policy').toEqual([]);
});

// The proofs of devices count for the name under which the service is known.
async function open(options: Parameters<typeof openPage>[2]): Promise<Page> {
  const one = await openPage(browser, { url: service.url.replace('127.0.0.1', 'localhost') }, options);
  opened.push(one);
  return one.page;
}

async function enrol(page: Page): Promise<void> {
  const { code } = await admin<{ code: string }>('POST', '/devices/tickets', { username: 'responder' });
  await visit(page, '/responder/settings/device');
  await page.locator('#ticket').fill(code);
  await page.locator('main form button[type=submit]').click();
  await page.locator('.govuk-notification-banner, [role=status].notice, .notice').first().waitFor();
}

async function finishWithoutANetwork(page: Page): Promise<string> {
  await page.context().route('**/api/v1/screenings/*', (route) => route.abort());
  const id = await startInterview(page);
  await fillIn(page, id, planted);
  await visit(page, `/responder/drafts/${id}/finish`);
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL(`**/responder/finished/${id}`);
  return id;
}

async function heldForms(id: string): Promise<Held[]> {
  return (await admin<{ items: Held[] }>('GET', '/quarantine')).items.filter(({ screening_id }) => screening_id === id);
}

async function loseAllDevices(): Promise<void> {
  const { items } = await admin<{ items: { id: string; lost_at?: string }[] }>('GET', '/devices');
  for (const { id, lost_at } of items) if (lost_at === undefined) await admin('DELETE', `/devices/${id}`);
}

// Everything that the browser keeps of the page, as a finder of the phone would read it.
async function keptInClear(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('songtor-phone');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => resolve(request.result);
    });
    const all = await Promise.all([...database.objectStoreNames].map((name) => new Promise<unknown>((resolve) => {
      const request = database.transaction(name).objectStore(name).getAll();
      request.onsuccess = () => resolve(request.result);
    })));
    database.close();
    return JSON.stringify(all) + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage });
  });
}

describe.each(languages)('a lost phone in %s', (language: Language) => {
  const words = texts('responder', language);
  const t = texts('administration', language);

  test('hands its finished form over once, and a person records it', async () => {
    const phone = await open({ language, size: sizes.phone, userAgent: ofPhone });
    await setUpPhone(phone);
    await enrol(phone);
    expect(await violations(phone)).toEqual([]);
    const id = await finishWithoutANetwork(phone);
    const [file] = await Promise.all([phone.waitForEvent('download'), phone.getByRole('button', { name: words['export.button'] }).click()]);
    const exported = await file.path();

    await loseAllDevices();
    await phone.context().unroute('**/api/v1/screenings/*');
    await phone.evaluate(() => dispatchEvent(new Event('online')));
    await phone.getByRole('heading', { name: words['held.heading'] }).waitFor();
    expect(await violations(phone)).toEqual([]);
    const kept = await keptInClear(phone);
    expect(kept, 'the control: what is looked at holds the form').toContain(id);
    expect(kept).not.toContain('Zebrafinch');
    expect(kept, 'nothing sealed is left').not.toContain('ciphertext');
    expect((await heldForms(id)).map(({ state }) => state)).toEqual(['held']);

    const desk = await open({ language });
    await signIn(desk, 'admin');
    await visit(desk, '/held/import');
    await desk.locator('#username').fill('responder');
    await desk.locator('#file').setInputFiles({ name: 'songtor.jsonl', mimeType: 'application/json', buffer: await readFile(exported) });
    await desk.locator('main form button[type=submit]').click();
    await desk.waitForURL('**/held');
    expect((await heldForms(id)).length, 'the file has what the phone has handed over').toBe(1);

    const [form] = await heldForms(id);
    await visit(desk, `/held/${form?.id}`);
    await desk.locator('main form button[type=submit]').click();
    await desk.locator('.govuk-error-summary').waitFor();
    expect(await violations(desk)).toEqual([]);
    await desk.locator('input[value=release]').check();
    await desk.locator('main form button[type=submit]').click();
    await desk.getByText(t['held.released'] ?? '').waitFor();
    expect(await violations(desk)).toEqual([]);
    expect((await heldForms(id)).map(({ state }) => state)).toEqual(['released']);
  });
});

describe('a case manager', () => {
  const t = texts('administration', 'en');

  test('takes a file in from a phone that nobody had enrolled, and says why a form is not recorded, by keyboard', async () => {
    const phone = await open({ size: sizes.phone });
    await setUpPhone(phone);
    const id = await finishWithoutANetwork(phone);
    const [file] = await Promise.all([phone.waitForEvent('download'), phone.getByRole('button', { name: texts('responder', 'en')['export.button'] }).click()]);
    const desk = await open({});
    await signIn(desk, 'casemanager');
    await desk.getByRole('link', { name: texts('common', 'en')['navigation.held'] }).click();
    await desk.getByRole('button', { name: t['held.import'] }).or(desk.getByRole('link', { name: t['held.import'] })).click();
    await desk.locator('#username').fill('responder');
    await desk.locator('#file').setInputFiles({ name: 'notes.jsonl', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await desk.locator('main form button[type=submit]').click();
    await desk.locator('.govuk-error-summary').getByText(t['held.import.notOurs'] ?? '').waitFor();
    await desk.locator('#file').setInputFiles({ name: 'songtor.jsonl', mimeType: 'application/json', buffer: await readFile(await file.path()) });
    await desk.locator('main form button[type=submit]').click();
    await desk.getByText(t['held.imported.one'] ?? '').waitFor();

    const [form] = await heldForms(id);
    await visit(desk, `/held/${form?.id}`);
    await desk.locator('input[value=release]').focus();
    await desk.keyboard.press('ArrowDown');
    await desk.locator('input[value=not_theirs]').waitFor();
    await desk.keyboard.press('Tab');
    await desk.keyboard.press('Space');
    await desk.keyboard.press('Tab');
    await desk.keyboard.press('Enter');
    await desk.getByText(t['held.rejected'] ?? '').waitFor();
    expect((await heldForms(id)).map(({ state }) => state)).toEqual(['rejected']);
  });
});
