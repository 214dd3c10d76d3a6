// Signing in by passkey and keeping one's own account, in a real browser with an authenticator in software.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import AxeBuilder from '@axe-core/playwright';

import { languages, openPage, signIn, sizes, startBrowser, texts } from '../testing/browser.js';
import { startService } from '../testing/service.js';

const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

let service;
let browser;
let page;

before(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  service.url = service.url.replace('127.0.0.1', 'localhost'); // passkeys are for names, not for numbers
});

after(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  if (page === undefined) return;
  const { faults } = page;
  await page.context().close();
  page = undefined;
  assert.deepEqual(faults, [], 'errors and violations of the content security policy');
});

/** Gives the page's browser an authenticator that answers by itself, as a security key whose owner is there does. */
async function addAuthenticator() {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

async function assertAccessible(view) {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), [], view);
}

async function openAccount(t) {
  await page.evaluate(() => { location.hash = '#/account'; });
  await page.locator('h1', { hasText: t['account.heading'] }).waitFor();
}

for (const language of languages) {
  describe(`the account in ${language}`, () => {
    it('takes a passkey, and is signed in to by it', async () => {
      const t = await texts(language);
      page = await openPage(browser, service, { language, size: sizes.desktop });
      const { session, authenticatorId } = await addAuthenticator();
      await signIn(page, 'shelter');
      await openAccount(t);
      await assertAccessible('account');

      await page.getByRole('button', { name: t['account.passkeys.add'] }).click();
      await page.getByRole('cell', { name: t['account.bound'] }).waitFor();
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
      assert.equal(credentials.length, 1);
      assert.equal(credentials[0].rpId, 'localhost');
      await assertAccessible('account with a passkey');

      await page.locator('#sign-out').click();
      await page.locator('h1', { hasText: t['signin.step.password'] }).waitFor();
      await page.getByRole('button', { name: t['signin.passkey'] }).click();
      await page.locator('#account').waitFor();

      await openAccount(t);
      const passkeys = page.getByRole('table', { name: t['account.passkeys'] });
      await passkeys.getByRole('button', { name: t['account.takeAway'] }).click();
      await page.getByText(t['account.passkeys.none']).waitFor();
    });

    it('lists the sessions, and ends another one', async () => {
      const t = await texts(language);
      page = await openPage(browser, service, { language, size: sizes.phone });
      await signIn(page, 'team');
      const other = await openPage(browser, service, { language });
      await signIn(other, 'team');
      await openAccount(t);
      const sessions = page.getByRole('table', { name: t['account.sessions'] });
      const before = await sessions.getByRole('button').count();
      assert.ok(before >= 1);
      await sessions.getByRole('button').first().click();
      await page.waitForFunction((count) => document.querySelectorAll('[data-form="end-session"]').length < count, before);
      await assertAccessible('account on a phone');
      await other.context().close();
    });

    it('sets one-time codes up, showing the secret once', async () => {
      const t = await texts(language);
      page = await openPage(browser, service, { language });
      await signIn(page, 'auditor');
      await openAccount(t);
      await page.getByRole('button', { name: t['account.codes.begin'] }).click();
      await page.getByText('otpauth://totp/').waitFor();
      await assertAccessible('codes');
      await page.locator('#field-code').last().fill('000000');
      await page.getByRole('button', { name: t['account.codes.confirm'] }).click();
      await page.locator('[role=alert]', { hasText: t['account.refusal.wrong'] }).waitFor();
    });
  });
}
