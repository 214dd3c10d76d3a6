// Keeping one's own account, in a real browser with an authenticator in software.

import type { Browser, CDPSession, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { drawn, languages, type Opened, openPage, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let named: Pick<Service, 'url'>; // passkeys are for names, not for numbers
let browser: Browser;
const opened: Opened[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  named = { url: service.url.replace('127.0.0.1', 'localhost') };
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

async function open(options: Parameters<typeof openPage>[2]): Promise<Page> {
  const one = await openPage(browser, named, options);
  opened.push(one);
  return one.page;
}

/** Gives the page's browser an authenticator that answers by itself, as a security key whose owner is there does. */
async function addAuthenticator(page: Page): Promise<{ session: CDPSession; authenticatorId: string }> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

describe.each(languages)('the account in %s', (language) => {
  const t = texts('account', language);
  const common = texts('common', language);

  test('takes a passkey, and is signed in to by it', async () => {
    const page = await open({ language, size: sizes.desktop });
    const { session, authenticatorId } = await addAuthenticator(page);
    await signIn(page, 'shelter');
    await visit(page, '/account');
    expect(await violations(page)).toEqual([]);
    const level = t['account.assurance.device_bound'] ?? 'no such text'; // of which the demonstration's password is the equal, and no passkey
    expect(await page.locator('.govuk-summary-list__value').first().innerText()).toBe(t['account.counts']?.replace('{level}', level));

    await page.getByRole('link', { name: t['account.passkeys.add'] }).click();
    await page.getByRole('button', { name: common['form.continue'] }).click();
    await page.locator('.govuk-error-summary').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel(t['account.thing.security-key'] ?? '').check();
    await page.getByRole('button', { name: common['form.continue'] }).click();
    await page.getByRole('cell', { name: t['account.bound'] }).waitFor();
    const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials.map(({ rpId }) => rpId)).toEqual(['localhost']);
    expect(await violations(page)).toEqual([]);

    await page.getByRole('link', { name: t['account.passkeys.add'] }).click();
    await page.getByLabel(t['account.thing.security-key'] ?? '').check();
    await page.getByRole('button', { name: common['form.continue'] }).click();
    await page.locator('.govuk-error-summary', { hasText: t['account.refusal.passkeyHere'] }).waitFor();

    await page.getByRole('button', { name: common['page.signOut'] }).click();
    await page.getByRole('button', { name: common['signin.passkey'] }).click();
    await page.locator('.status__who').waitFor();

    await visit(page, '/account/again');
    await page.getByRole('button', { name: common['signin.passkey'] }).click();
    await page.getByText(t['account.raised'] ?? '').waitFor();
    await page.getByRole('table', { name: t['account.passkeys'] }).getByRole('button').click();
    await page.getByText(t['account.passkeys.none'] ?? '').waitFor();
  });

  test('lists the sessions, and ends another one', async () => {
    const page = await open({ language, size: sizes.phone });
    await signIn(page, 'team');
    await signIn(await open({ language }), 'team');
    await visit(page, '/account');
    const ends = page.getByRole('table', { name: t['account.sessions'] }).getByRole('button');
    await ends.first().waitFor();
    const before = await ends.count();
    await ends.first().click();
    await page.getByText(t['account.ended'] ?? '').waitFor();
    await expect.poll(() => ends.count()).toBe(before - 1);
    expect(await violations(page)).toEqual([]);
  });

  test('sets one-time codes up, showing the secret once', async () => {
    const page = await open({ language });
    await signIn(page, 'auditor');
    await visit(page, '/account/codes');
    await page.getByRole('button', { name: common['form.continue'] }).click();
    await page.getByText('otpauth://totp/').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator('#code').fill('000000');
    await page.getByRole('button', { name: t['account.codes.confirm'] }).click();
    await page.locator('.govuk-error-summary', { hasText: t['account.refusal.wrong'] }).waitFor();

    const other = await page.context().newPage(); // which makes another secret
    await other.goto(`${named.url}/account/codes`);
    await other.getByRole('button', { name: common['form.continue'] }).click();
    await other.getByText('otpauth://totp/').waitFor();
    await page.getByRole('button', { name: t['account.codes.confirm'] }).click();
    await page.locator('.govuk-error-summary', { hasText: t['account.refusal.setUp'] }).waitFor();
    expect(await page.getByText('otpauth://totp/').count(), 'a secret that does not count is shown').toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: common['form.continue'] }).click();
    await page.getByText('otpauth://totp/').waitFor();
    expect(await page.locator('#code').inputValue()).toBe('');
  });

  test('says what to do where codes are locked', async () => {
    const page = await open({ language });
    const body = JSON.stringify({ type: 'urn:songtor:problem:codes-locked', title: '', status: 401, detail: '', instance: '' });
    await page.route('**/api/v1/session/step-up', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', body }));
    const factors = { codes: true, codes_locked: true, recovery_codes: 8, passkeys: [] };
    await page.route('**/api/v1/factors', (route) => route.fulfill({ json: factors }));
    await signIn(page, 'auditor');
    await visit(page, '/account');
    await page.getByText(t['account.refusal.locked'] ?? '').waitFor();
    expect(await violations(page)).toEqual([]);
    await visit(page, '/account/again');
    await page.locator('#code').fill('000000');
    await page.getByRole('button', { name: t['account.show'] }).click();
    await page.locator('.govuk-error-summary', { hasText: t['account.refusal.locked'] }).waitFor();

    await page.getByRole('button', { name: common['page.signOut'] }).click();
    await page.route('**/api/v1/session', (route) => route.fulfill({ status: 201, json: { next: ['code'] } })); // as where codes are set up
    await page.locator('#username').fill('auditor');
    await page.locator('#password').fill('any');
    await page.getByRole('button', { name: common['signin.submit'] }).click();
    await page.locator('#code').fill('000000');
    await page.getByRole('button', { name: common['signin.submit'] }).click();
    await page.locator('.govuk-error-summary', { hasText: common['signin.locked'] }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

test('recovery codes are made once, also where the button is pressed twice', async () => {
  const page = await open({ language: 'en' });
  const t = texts('account', 'en');
  await signIn(page, 'auditor');
  await page.route('**/api/v1/factors', (route) => route.fulfill({ json: { passkeys: [], codes: true, recovery_codes: 2 } }));
  const asked: Route[] = [];
  await page.route('**/api/v1/factors/recovery-codes', (route) => { asked.push(route); });
  await visit(page, '/account');
  await page.getByRole('button', { name: t['account.recovery.renew'] }).dblclick();
  await drawn(page);
  expect(asked.length, 'the codes of one of two would be shown, and perhaps those of the other be good').toBe(1);
  await asked[0]?.fulfill({ json: { recovery_codes: ['aaaa-bbbb', 'cccc-dddd'] } });
  await page.locator('.secrets', { hasText: 'aaaa-bbbb' }).waitFor();
});
