// What lies around every page: signing in, the language, the connection, unknown addresses, narrow screens and the keyboard.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { languages, type Opened, openPage, settled, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';

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

async function open(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  opened = await openPage(browser, service, options);
  return opened.page;
}

async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

describe.each(languages)('signing in, in %s', (language) => {
  test.each(Object.keys(sizes) as (keyof typeof sizes)[])('is accessible on a %s and says what is wrong', async (size) => {
    const common = texts('common', language);
    const page = await open({ language, size: sizes[size] });
    expect(await violations(page)).toEqual([]);
    await page.locator('main button[type=submit]').click();
    const summary = page.locator('.govuk-error-summary');
    await summary.waitFor();
    await expect.poll(() => summary.evaluate((box) => document.activeElement === box)).toBe(true);
    expect(await page.title()).toContain(common['form.errorTitle']);
    expect(await violations(page)).toEqual([]);
    await summary.getByText(common['signin.missing.password'] ?? '').click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('password');

    await page.locator('#username').fill('team');
    await page.locator('#password').fill('not the password');
    await page.locator('main button[type=submit]').click();
    await page.getByText(common['signin.wrong.password'] ?? '').first().waitFor();
    expect(await page.locator('#username').inputValue()).toBe('team');
  });
});

describe('the page', () => {
  test('works with the keyboard alone', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('govuk-skip-link');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await tabTo(page, '#username');
    await page.keyboard.type('committee');
    await page.keyboard.press('Tab');
    await page.keyboard.type('demo-only');
    await page.keyboard.press('Enter');
    await page.locator('.status__who').waitFor();
    await settled(page);
    await tabTo(page, '.status__who a');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: texts('account', 'en')['account.heading'] }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), { message: 'a screen reader goes on at the heading' }).toBe('H1');
  });

  test('keeps nothing that a script could read', async () => {
    const page = await open();
    await signIn(page, 'casemanager');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage }))).toEqual([]);
  });

  test('asks again when the session has ended, and leads back', async () => {
    const page = await open();
    await signIn(page, 'casemanager');
    await visit(page, '/incidents');
    await opened?.context.clearCookies();
    await visit(page, '/account');
    await page.getByText(texts('common', 'en')['signin.ended'] ?? '').waitFor();
    await signIn(page, 'casemanager');
    await page.locator('h1', { hasText: texts('account', 'en')['account.heading'] }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/account');
  });

  test.each([
    ['refused', 'signin.outside.refused'], ['away', 'signin.outside.away'],
  ] as const)('says that a sign-in at the agency came to nothing (%s), and asks for another', async (came, words) => {
    const page = await open();
    await visit(page, `/sign-in?outside=${came}`);
    await page.locator('.govuk-error-summary', { hasText: texts('common', 'en')[words] }).waitFor();
    expect(await violations(page)).toEqual([]);
    await signIn(page, 'admin');
  });

  test('says that the sign-in of the agency is away, and not that this service is', async () => {
    const page = await open();
    await page.route('**/api/v1/session/provider', (route) => (route.request().method() === 'POST' ? route.fulfill({
      status: 503, contentType: 'application/problem+json', json: { type: 'urn:songtor:problem:unavailable', status: 503 },
    }) : route.fulfill({ json: { available: true } })));
    await visit(page, '/sign-in');
    await page.getByRole('button', { name: texts('common', 'en')['signin.provider'] }).click();
    await page.locator('.govuk-error-summary', { hasText: texts('common', 'en')['signin.outside.away'] }).waitFor();
    await signIn(page, 'admin');
  });

  test('asks for the password again where the code comes too late', async () => {
    const page = await open();
    const common = texts('common', 'en');
    await page.route('**/api/v1/session', (route) => (route.request().method() === 'POST'
      ? route.fulfill({ status: 201, json: { next: ['code'] } }) : route.continue()));
    await page.route('**/api/v1/session/step-up', (route) => route.fulfill({
      status: 403, contentType: 'application/problem+json', json: { type: 'urn:songtor:problem:step-up-required', status: 403 },
    }));
    await page.locator('#username').fill('responder');
    await page.locator('#password').fill('demo-only');
    await page.locator('main button[type=submit]').click();
    await page.locator('#code').fill('123456');
    await page.locator('main button[type=submit]').click();
    await page.locator('.govuk-error-summary', { hasText: common['signin.late'] }).waitFor();
    await page.locator('#password').waitFor();
  });

  test('changes its language and remembers it', async () => {
    const page = await open({ language: 'en' });
    await page.getByRole('button', { name: 'ไทย' }).click();
    await page.locator('h1', { hasText: texts('common', 'th')['signin.step.password'] }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('th');
    expect(await page.title()).toBe(`${texts('common', 'th')['signin.step.password']} – ${texts('common', 'th')['page.service']}`);
    await page.reload();
    await page.locator('h1', { hasText: texts('common', 'th')['signin.step.password'] }).waitFor();
  });

  test('says when it is offline and comes back by itself', async () => {
    const common = texts('common', 'en');
    const page = await open();
    await signIn(page, 'casemanager');
    await page.locator('.status__connection', { hasText: common['connection.live'] }).waitFor();
    await opened?.context.setOffline(true);
    await page.locator('.status__connection', { hasText: common['connection.offline'] }).waitFor();
    await opened?.context.setOffline(false);
    await page.locator('.status__connection', { hasText: common['connection.live'] }).waitFor();
  });

  test('answers an unknown address in words, and another role\'s alike', async () => {
    const common = texts('common', 'en');
    const page = await open();
    await signIn(page, 'committee');
    for (const path of ['/nowhere', '/administration', '/administration/people']) {
      await visit(page, path);
      await page.locator('h1', { hasText: common['trouble.missing.heading'] }).waitFor();
      expect(await violations(page)).toEqual([]);
    }
  });

  test('shows the page that was asked for last, whichever comes first', async () => {
    const page = await open();
    await signIn(page, 'admin');
    let deliver: () => void = () => undefined;
    const released = new Promise<void>((resolve) => { deliver = resolve; });
    const late = new Promise<string>((asked) => {
      void page.context().route('**/assets/devices-*.js', async (route) => {
        asked(route.request().url());
        await released;
        await route.continue();
      });
    });
    await page.evaluate(() => {
      history.pushState(null, '', '/administration/devices');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    const url = await late;
    await visit(page, '/administration/retention');
    const heading = await page.locator('main h1').innerText();
    deliver();
    // As text: what builds the tests would make an import of its own of it.
    await page.evaluate(`import('${url}').then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))`);
    expect(await page.locator('main h1').allInnerTexts()).toEqual([heading]);
  });

  test('loads its fonts, and nothing from elsewhere', async () => {
    const outside: string[] = [];
    const page = await open({ language: 'th' });
    page.on('request', (request) => { if (!request.url().startsWith(service.url)) outside.push(request.url()); });
    await page.reload();
    await page.locator('h1').waitFor();
    await page.evaluate(() => document.fonts.ready);
    const loaded = await page.evaluate(() => [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family, unicodeRange }) => `${family} ${unicodeRange}`));
    expect(loaded.some((font) => /E01/i.test(font)), 'Thai letters come in the page\'s own font').toBe(true);
    expect(loaded.some((font) => /1780|1000-109F/i.test(font)), 'fonts of scripts that are not shown are not loaded').toBe(false);
    expect(outside).toEqual([]);
  });

  test('loses nothing at 320 pixels and twice the size of text', async () => {
    for (const language of languages) {
      const page = await open({ language, size: { width: 320, height: 640 } });
      await signIn(page, 'admin');
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
      for (const path of ['/account', '/administration', '/administration/people', '/administration/agencies', '/administration/retention']) {
        await visit(page, path);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${path} in ${language}`).toBeLessThanOrEqual(320);
      }
      await opened?.context.close();
      opened = undefined;
    }
  });

  test('has targets of at least 44 pixels', async () => {
    const page = await open({ size: sizes.phone });
    await signIn(page, 'admin');
    for (const path of ['/account', '/administration', '/administration/people', '/administration/people/invite']) {
      await visit(page, path);
      const small = await page.evaluate(() => [...document.querySelectorAll('main a, main button, header button, header a, nav a, .status a, .status button, summary')]
        .filter((target) => target.closest('p, td, th, dd') === null || target.matches('button'))
        .map((target) => ({ text: target.textContent, height: target.getBoundingClientRect().height }))
        .filter(({ height }) => height > 0 && height < 43.5));
      expect(small, path).toEqual([]);
    }
  });

  test('signs out, and leaves nothing of its person', async () => {
    const page = await open();
    await signIn(page, 'admin');
    await page.getByRole('button', { name: texts('common', 'en')['page.signOut'] }).click();
    await page.locator('#username').waitFor();
    expect(await page.locator('nav').count()).toBe(0);
    expect(await page.evaluate(async () => (await fetch('/api/v1/session')).status)).toBe(401);
  });

  test('is the next one\'s where somebody signs in in another tab, with nothing that was written before, and nobody\'s where they sign out', async () => {
    const page = await open();
    const beside = await page.context().newPage();
    await beside.goto('/');
    await beside.locator('#username').waitFor();
    await signIn(page, 'casemanager');
    await page.locator('.status__connection--live').waitFor();
    await visit(page, '/emergency');
    await page.locator('#text').fill('written by the case manager');
    await signIn(beside, 'team');
    await page.locator('.status__who', { hasText: 'team' }).waitFor();
    expect(await page.locator('#text').inputValue()).toBe('');
    await beside.getByRole('button', { name: texts('common', 'en')['page.signOut'] }).click();
    await page.locator('#username').waitFor();
  });

  test('signs out where the service is out of reach, and whoever loads the page next is nobody', async () => {
    const page = await open();
    await signIn(page, 'admin');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: texts('common', 'en')['page.signOut'] }).click();
    await page.locator('#username').waitFor();
    expect(await page.locator('nav').count()).toBe(0);
    await page.context().setOffline(false);
    expect(await page.evaluate(async () => (await fetch('/api/v1/session')).status), 'the service was not told').toBe(200);
    await page.reload();
    await page.locator('#username').waitFor();
    expect(await page.evaluate(async () => (await fetch('/api/v1/session')).status)).toBe(401);
    await signIn(page, 'auditor');
    expect(await page.evaluate(async () => (await fetch('/api/v1/session')).status)).toBe(200);
  });
});
