// A responder's phone: set up once, then used without a network, locked, reloaded, full, cleared and updated. Nothing is lost, nothing is
// taken twice, and nothing of a person lies in clear where the browser keeps things.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { browserOptions, languages, type Opened, openPage, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { startProxy } from '../support/proxy.ts';
import { fillIn, setUpPhone, startInterview, unlock } from '../support/responder.ts';
import { type Service, signedIn, startService } from '../support/service.ts';

const words = texts('responder', 'en');
const planted = 'Zebrafinch Quixotry';

let service: Service;
let browser: Browser;
let opened: Opened | undefined;

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  const faults = opened?.faults ?? [];
  await opened?.context.close();
  opened = undefined;
  expect(faults, 'errors and violations of the content security policy').toEqual([]);
});

async function phone(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  opened = await openPage(browser, service, { size: sizes.phone, ...options });
  await setUpPhone(opened.page);
  return opened.page;
}

async function workerReady(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

async function finish(page: Page, id: string): Promise<void> {
  await visit(page, `/responder/drafts/${id}/finish`);
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL(`**/responder/finished/${id}`);
}

async function received(page: Page): Promise<string> {
  const panel = page.locator('.govuk-panel .reference');
  await panel.waitFor();
  return panel.innerText();
}

describe('a phone in the field', () => {
  test('fills in a form with the service down, over a reload, and hands it in once, though the first reply is lost', async () => {
    const page = await phone();
    await workerReady(page);
    await service.kill();
    const id = await startInterview(page);
    try {
      await fillIn(page, id, planted);
      await page.reload();
      await unlock(page);
      await page.getByRole('heading', { name: words['drafts.heading'] ?? '' }).waitFor();
      await finish(page, id);
      await page.getByRole('heading', { name: words['waits.heading'] ?? '' }).waitFor();
      expect(await violations(page)).toEqual([]);
    } finally {
      await service.start();
    }
    let calls = 0;
    await page.context().route('**/api/v1/screenings/*', async (route) => {
      calls += 1;
      const answer = await route.fetch();
      if (calls === 1) await route.abort();
      else await route.fulfill({ response: answer });
    });
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await expect.poll(() => calls).toBe(1);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    const reference = await received(page);
    expect(calls).toBe(2);
    await page.getByText(words['receipt.good'] ?? '').waitFor();
    expect(await violations(page)).toEqual([]);

    const call = await signedIn(service, 'casemanager');
    const found = await call<{ case_id: string }>('GET', `/references/${reference}`);
    expect(found.case_id).toBeTruthy();
    await page.reload();
    await received(page);
  });

  test('shows nothing while it is locked, and deletes drafts after too many wrong passphrases', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted, { only: 1 });
    await page.getByRole('button', { name: texts('common', 'en')['page.lock'] ?? '' }).click();
    await visit(page, '/responder');
    expect(await page.content()).not.toContain('Zebrafinch');
    expect(await violations(page)).toEqual([]);
    for (let i = 1; i <= 10; i += 1) {
      await page.locator('#passphrase').fill('not the passphrase');
      await page.locator('main form button[type=submit]').click();
      if (i < 10) await page.locator('.govuk-error-summary').getByText(i === 9 ? /1 try/ : `${10 - i} tries`).waitFor();
    }
    await page.getByText(words['unlock.deleted'] ?? '').waitFor();
    const left = await page.evaluate(() => new Promise<number>((resolve, reject) => {
      const request = indexedDB.open('songtor-phone');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const count = request.result.transaction('drafts').objectStore('drafts').count();
        count.onsuccess = () => { resolve(count.result); request.result.close(); };
      };
    }));
    expect(left).toBe(0);
  });

  test('is locked by signing out, and shows the interview no more by the way back', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted, { only: 1 });
    await visit(page, '/responder');
    const other = await page.context().newPage();
    await other.goto('/responder');
    await unlock(other);
    await page.getByRole('button', { name: texts('common', 'en')['page.signOut'] ?? '' }).click();
    await page.locator('#passphrase').waitFor();
    await other.locator('#passphrase').waitFor(); // in every tab
    await visit(page, `/responder/drafts/${id}/question/d_name_said`);
    await page.getByRole('heading', { name: texts('interview', 'en')['locked.heading'] ?? '' }).waitFor();
    expect(await page.locator('#d_name_said').count()).toBe(0);
  });

  test('unlocks by a passkey, also without a network', async () => {
    opened = await openPage(browser, { url: service.url.replace('127.0.0.1', 'localhost') }, { size: sizes.phone }); // passkeys are for names
    const { page, context } = opened;
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    } });
    await setUpPhone(page, 'passkey');
    await workerReady(page);
    await context.setOffline(true);
    await page.getByRole('button', { name: texts('common', 'en')['page.lock'] ?? '' }).click();
    await page.getByRole('button', { name: words['unlock.button'] ?? '' }).click();
    await page.getByRole('button', { name: words.start ?? '' }).waitFor();
  });

  test('says so when its storage is full, and keeps the draft', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted);
    await page.evaluate(() => {
      const add = IDBObjectStore.prototype.add;
      IDBObjectStore.prototype.add = function refuse(this: IDBObjectStore, ...given: Parameters<typeof add>) {
        if (this.name === 'outbox') throw new DOMException('full', 'QuotaExceededError');
        return add.apply(this, given);
      };
    });
    await visit(page, `/responder/drafts/${id}/finish`);
    await page.locator('main form button[type=submit]').click();
    await page.locator('.govuk-error-summary').getByText(words['fault.full'] ?? '').waitFor();
    await page.reload();
    await unlock(page);
    await page.getByRole('heading', { name: words['drafts.heading'] ?? '' }).waitFor();
  });

  test('keeps drafts and finished forms when the caches are cleared, and fetches the forms again', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted, { only: 1 });
    await page.evaluate(async () => { for (const name of await caches.keys()) await caches.delete(name); });
    await page.route('**/api/v1/forms/**', (route) => route.abort());
    await page.reload();
    await unlock(page);
    await page.getByText(words['forms.missing'] ?? '').waitFor();
    await page.getByRole('heading', { name: words['drafts.heading'] ?? '' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute('**/api/v1/forms/**');
    await page.getByRole('button', { name: words['forms.download'] ?? '' }).click();
    await page.getByText(words['forms.missing'] ?? '').waitFor({ state: 'detached' });
  });

  test('keeps what was finished until its owner signs in again', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted);
    await opened?.context.clearCookies();
    await finish(page, id);
    await page.getByRole('link', { name: words['finished.signIn.button'] ?? '' }).first().click();
    await signIn(page, 'responder');
    await visit(page, `/responder/finished/${id}`);
    await received(page);
  });

  test('hands a refused form over as a sealed file', async () => {
    const page = await phone();
    const id = await startInterview(page);
    await fillIn(page, id, planted);
    await page.route('**/api/v1/screenings/*', (route) => route.fulfill({
      status: 422, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:songtor:problem:invalid-content', title: 'no', status: 422 }),
    }));
    await finish(page, id);
    await page.getByText(words['attention.invalid'] ?? '').waitFor();
    expect(await violations(page)).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: words['export.button'] ?? '' }).click()]);
    const file = readFileSync(await download.path(), 'utf8');
    expect(file).not.toContain('Zebrafinch');
    await page.unroute('**/api/v1/screenings/*');
    const result = await page.evaluate(async (line) => {
      const answer = await fetch('/api/v1/screenings/batch', { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: line });
      return answer.text();
    }, file);
    expect(JSON.parse(result)).toMatchObject({ id, status: 201 });
    await page.getByRole('button', { name: words['attention.again'] ?? '' }).click();
    await received(page);
  });

  test('removes everything when it is told to', async () => {
    const page = await phone();
    await startInterview(page);
    await visit(page, '/responder/settings');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: words['settings.remove'] ?? '' }).click();
    await page.getByRole('button', { name: words['remove.button'] ?? '' }).click();
    await page.getByRole('heading', { name: words['setup.heading'] ?? '' }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem('songtor.phone'))).toBeNull();
  });
});

describe.each(languages)('the pages of a phone, in %s', (language) => {
  test('are accessible and lose nothing at 320 pixels', async () => {
    const page = await phone({ language, size: { width: 320, height: 640 } });
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    for (const path of ['/responder', '/responder/settings', '/responder/settings/remove']) {
      await visit(page, path);
      expect(await violations(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
    }
  });
});

describe.each(languages)('an interview in two tabs, in %s', (language) => {
  const t = texts('interview', language);

  test('is open in one of them, and the other says so until it is left there', async () => {
    const page = await phone({ language });
    const id = await startInterview(page);
    await fillIn(page, id, planted, { only: 1 });
    const other = await page.context().newPage();
    await other.goto('/responder');
    await unlock(other);
    await visit(other, `/responder/drafts/${id}/check`);
    await other.getByRole('heading', { name: t['elsewhere.heading'] ?? '' }).waitFor();
    expect(await violations(other)).toEqual([]);
    await visit(page, '/responder');
    await other.locator('main button').click();
    await other.getByRole('heading', { name: t['check.heading'] ?? '' }).waitFor();
  });
});

describe('what lies on the disk', () => {
  async function onDisk(seal: boolean): Promise<boolean> {
    const profile = await mkdtemp(join(tmpdir(), 'songtor-profile-'));
    const context: BrowserContext = await chromium.launchPersistentContext(profile, { ...browserOptions, baseURL: service.url, viewport: sizes.phone, locale: 'en-GB' });
    try {
      const page = context.pages()[0] ?? await context.newPage();
      if (!seal) {
        await page.addInitScript(() => {
          const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
          crypto.subtle.encrypt = async (...given) => {
            const sealed = await encrypt(...given);
            const clear = new Uint8Array(given[2] as ArrayBuffer);
            return clear.length < 40 ? sealed : clear.slice().buffer; // long texts stay as they are, keys do not
          };
          const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
          crypto.subtle.decrypt = (...given) => decrypt(...given).catch(() => given[2] as ArrayBuffer);
        });
      }
      await page.goto('/');
      await page.locator('h1').waitFor();
      await setUpPhone(page);
      const id = await startInterview(page);
      await fillIn(page, id, planted);
      if (seal) await finish(page, id);
    } finally {
      await context.close();
    }
    const found = readdirSync(profile, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).some((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return ['Zebrafinch', 'Quixotry'].some((word) => bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le')));
    });
    await rm(profile, { recursive: true, force: true });
    return found;
  }

  test('tells nothing of a person', async () => {
    expect(await onDisk(true)).toBe(false);
  });

  test('would tell, were it not closed', async () => {
    expect(await onDisk(false)).toBe(true);
  });
});

test('a newer version waits until somebody takes it, and an interview goes on over it', async () => {
  const proxy = await startProxy(service);
  try {
    opened = await openPage(browser, proxy, { size: sizes.phone });
    const { page } = opened;
    await setUpPhone(page);
    await workerReady(page);
    const id = await startInterview(page);
    await fillIn(page, id, planted, { only: 1 });
    proxy.deploy();
    await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration())?.update(); });
    await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state)).toBe('installed');
    await visit(page, `/responder/drafts/${id}/check`);
    expect(await page.getByText(words['update.ready'] ?? '').count(), 'never in an interview').toBe(0);
    await visit(page, '/responder');
    await page.getByRole('button', { name: words['update.take'] ?? '' }).click();
    await page.waitForFunction(() => history.state === null);
    expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting), 'what was taken waits no more').toBeNull();
    await page.locator('#passphrase').waitFor();
    await unlock(page);
    await page.getByRole('heading', { name: words['drafts.heading'] ?? '' }).waitFor();
    expect(await page.getByText(words['update.ready'] ?? '').count()).toBe(0);
  } finally {
    await proxy.stop();
  }
});
