// What everybody must be able to do, whoever they are: use the pages by the keyboard alone, and read them at twice the size of text on a
// narrow screen.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { type Language, languages, openPage, type Opened, settled, signIn, sizes, startBrowser, texts, visit } from '../support/browser.ts';
import { choose, enter, tabTo, unfold, write } from '../support/keyboard.ts';
import { passphrase, setUpPhone, startInterview } from '../support/responder.ts';
import { fullRelease } from '../support/releases.ts';
import { password, type Service, signedIn, startService, submitScreening } from '../support/service.ts';

let service: Service;
let browser: Browser;
let opened: Opened | undefined;

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
}, 240_000);

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

// A page, whose statistics are a release that has a table of every kind.
async function open(language: Language, size: (typeof sizes)['phone']): Promise<Page> {
  opened = await openPage(browser, service, { language, size });
  await opened.page.route('**/api/v1/statistics/releases', (route) => route.fulfill({ json: { items: [fullRelease(), fullRelease({ id: '2025-H2', total: 213 })], next: '' } }));
  return opened.page;
}

const submit = 'main form button[type=submit]';

async function signInByKeys(page: Page, username: string): Promise<void> {
  await write(page, '#username', username);
  await write(page, '#password', password);
  await page.keyboard.press('Enter');
  await page.locator('.status__who').waitFor();
  await settled(page);
}

const beginning = [
  ['a_place_kind', 'police_station'], ['a_language', 'mya'], ['b_safe_place', 'yes'], ['b_information_given', 'purpose'], ['d_under_18', 'no'],
  ['b_consent_screening', 'yes'],
] as const;

// Answers a question in the way that asks for nothing more, where there is one.
async function answerByKeys(page: Page): Promise<void> {
  const choices = await page.locator('main form :is(input[type=radio], input[type=checkbox])').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
  const short = ['declined', 'unknown', 'not_asked', 'no', 'none', 'self'].find((value) => choices.includes(value)) ?? choices[0];
  if (short !== undefined) return choose(page, 'main form input', short);
  if (await page.locator('main form select').count() > 0) {
    await tabTo(page, 'main form select');
    return page.keyboard.press('ArrowDown');
  }
  return write(page, 'main form :is(input, textarea)', '1');
}

// Goes from question to question until the page of all answers says that none is missing.
async function answerEverythingByKeys(page: Page): Promise<void> {
  const present = async (selector: string) => await page.locator(selector).count() > 0;
  while (!await present('main a[href$="/finish"]')) {
    if (new URL(page.url()).pathname.includes('/question/')) {
      await answerByKeys(page);
      await enter(page, submit);
    } else {
      await enter(page, await present('.missing a') ? '.missing a' : 'main a[href$="/check"]');
    }
  }
}

describe('by the keyboard alone', () => {
  test('an officer sets a phone up, fills in a whole form and hands it in', async () => {
    const page = await open('en', sizes.phone);
    await signInByKeys(page, 'responder');
    await choose(page, 'main form input[type=radio]', 'passphrase');
    await write(page, '#first', passphrase);
    await write(page, '#second', passphrase);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: texts('responder', 'en').start ?? '' }).waitFor();
    await enter(page, 'main button.govuk-button');
    await tabTo(page, '#province');
    await page.keyboard.type('Chiang Mai');
    await enter(page, submit);
    for (const [question, answer] of beginning) {
      await choose(page, `main form input[name="${question}"]`, answer);
      await enter(page, submit);
    }
    await answerEverythingByKeys(page);
    await enter(page, 'main a[href$="/finish"]');
    await enter(page, submit);
    await page.locator('.govuk-panel .reference').waitFor();
  }, 300_000);

  test('a case manager finds the case, goes through its parts and decides', async () => {
    const { case_reference: reference, case_id: id } = await submitScreening(service);
    const page = await open('en', sizes.desktop);
    await signInByKeys(page, 'casemanager');
    await write(page, 'main input[type=text]', reference);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/cases/${id}`);
    await enter(page, `main a[href$="/timeline"]`);
    await enter(page, `main a[href="/cases/${id}"]`);
    await unfold(page, `main details:has(a[href$="/do/set-hold"]) > summary`);
    await enter(page, `main a[href$="/do/set-hold"]`);
    await write(page, 'main form textarea', 'Synthetic reasons.');
    await enter(page, submit);
    await enter(page, submit);
    await page.locator('.notice').waitFor();
  });

  test('the committee goes from figure to figure, and opens a table', async () => {
    const page = await open('en', sizes.desktop);
    await signInByKeys(page, 'committee');
    for (const part of ['flow', 'time', 'where', 'who', 'trends', 'about', 'downloads']) await enter(page, `main a[href^="/statistics/${part}"]`);
    await enter(page, 'main a[href^="/statistics/who"]');
    await unfold(page, 'main details > summary');
    await page.locator('main details table').first().waitFor();
  });
});

describe('what has the focus', () => {
  // Beneath the header every page is white or nearly so: how much darker than white the line around an element is, by the rule of WCAG.
  const lineAround = (page: Page) => page.evaluate(() => {
    const { outlineStyle, outlineColor, boxShadow } = getComputedStyle(document.activeElement ?? document.body);
    if (outlineStyle === 'auto') return Infinity; // the browser's own, of two colours
    const luminance = (colour: string) => {
      const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((n) => { const c = Number(n) / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const colours = [...(outlineStyle === 'none' ? [] : [outlineColor]), ...(boxShadow.match(/rgba?\([^)]*\)/g) ?? [])];
    return Math.max(0, ...colours.map((colour) => 1.05 / (luminance(colour) + 0.05)));
  });

  test.each([['committee', '/statistics/where'], ['casemanager', '/work'], ['casemanager', '/work?box=incoming']])('is told from the page by three to one, for %s at %s', async (who, path) => {
    const page = await open('en', sizes.desktop);
    await signIn(page, who);
    await visit(page, path);
    const weak: string[] = [];
    for (let presses = 0; presses < 45; presses += 1) {
      await page.keyboard.press('Tab');
      const where = await page.evaluate(() => (document.activeElement?.closest('main, nav, .status') ? `${document.activeElement.tagName} ${document.activeElement.className}` : null));
      if (where !== null && await lineAround(page) < 3) weak.push(where);
    }
    expect([...new Set(weak)]).toEqual([]);
  });
});

describe.each(languages)('at twice the size of text on a narrow screen, in %s', (language) => {
  // What reaches beyond the right edge, where the page has to be moved sideways to be read.
  const beyond = (page: Page) => page.evaluate(() => (document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
    .filter((element) => element.childElementCount === 0 && element.getBoundingClientRect().right > innerWidth)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent}`)));

  const textHeight = (page: Page) => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('main h1') ?? document.body).fontSize));

  // As a browser does whose reader has set the size of text, which pages that fix their sizes in pixels do not follow.
  async function enlarge(page: Page): Promise<void> {
    const before = await textHeight(page);
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    expect(await textHeight(page)).toBeGreaterThan(1.5 * before);
  }

  test.each([
    ['committee', ['/statistics', '/statistics/flow', '/statistics/where', '/statistics/who', '/statistics/trends', '/statistics/about', '/statistics/downloads']],
    ['casemanager', ['/work', '/stages/screening', '/incidents', '/duplicates', '/emergency']],
  ] as const)('nothing of the pages of %s is lost', async (who, paths) => {
    const page = await open(language, { width: 320, height: 640 });
    await signIn(page, who);
    await enlarge(page);
    for (const path of paths) {
      await visit(page, path);
      expect(await beyond(page), path).toEqual([]);
    }
  });

  test('nothing of a case and of a decision on it is lost', async () => {
    const manager = await signedIn(service, 'casemanager');
    const { items: [task] } = await manager<{ items: { case_id: string }[] }>('GET', '/inbox?limit=1');
    const page = await open(language, { width: 320, height: 640 });
    await signIn(page, 'casemanager');
    await enlarge(page);
    for (const part of ['', '/screening', '/referrals', '/documents', '/timeline', '/duplicates', '/guards', '/access-log', '/do/add-note', '/do/refer']) {
      await visit(page, `/cases/${task?.case_id}${part}`);
      expect(await beyond(page), part).toEqual([]);
    }
  });

  test('nothing of an interview is lost', async () => {
    const page = await open(language, { width: 320, height: 640 });
    await setUpPhone(page);
    const id = await startInterview(page);
    await enlarge(page);
    for (const part of ['', '/question/a_place_kind', '/question/d_birth_date', '/question/e_vis', '/check']) {
      await visit(page, `/responder/drafts/${id}${part}`);
      expect(await beyond(page), part).toEqual([]);
    }
  });
});
