// The committee's pages in a browser, on the releases of the demonstration and on a release that has a table of every kind.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Release } from '../../src/committee/release.ts';
import { type Language, languages, openPage, settled, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { fullRelease } from '../support/releases.ts';
import { type Service, signedIn, startService } from '../support/service.ts';

const paths = [
  '/statistics', '/statistics/flow', '/statistics/time', '/statistics/where', '/statistics/where?level=province&by=sex', '/statistics/who',
  '/statistics/who?region=north', '/statistics/trends', '/statistics/trends?by=nationality', '/statistics/about', '/statistics/downloads',
];
const narrow = { width: 320, height: 740 };

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await startService();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

interface Reader {
  page: Page;
  faults: string[];
  close: () => Promise<void>;
}

/** Somebody of the committee; the service's releases are replaced by others where they are given. */
async function reader({ language = 'en' as Language, size = sizes.desktop, releases }: { language?: Language; size?: typeof narrow; releases?: Release[] } = {}): Promise<Reader> {
  const { context, page, faults } = await openPage(browser, service, { language, size });
  if (releases) await page.route('**/api/v1/statistics/releases', (route) => route.fulfill({ json: { items: releases, next: '' } }));
  await signIn(page, 'committee');
  return { page, faults, close: () => context.close() };
}

const everyKind = [fullRelease(), fullRelease({ id: '2025-H2', total: 213 })];

describe.each(languages)('in %s', (language) => {
  test.each(['phone', 'desktop'] as const)('every page can be used by everybody on a %s', async (screen) => {
    const { page, faults, close } = await reader({ language, size: sizes[screen], releases: everyKind });
    for (const path of paths) {
      await visit(page, path);
      expect(await violations(page), path).toEqual([]);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test('nothing is lost at 320 pixels', async () => {
    const { page, close } = await reader({ language, size: narrow, releases: everyKind });
    for (const path of paths) {
      await visit(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
    }
    await close();
  });

  test('the periods of a chart keep out of each other\'s way on a phone', async () => {
    for (const size of [sizes.phone, narrow]) {
      const { page, close } = await reader({ language, size, releases: everyKind });
      await visit(page, '/statistics/trends');
      const boxes = await page.locator('.chart-lines text[text-anchor]:not([dy])').evaluateAll((all) => all.map((text) => text.getBoundingClientRect().toJSON() as DOMRect));
      expect(boxes).toHaveLength(2);
      expect(boxes[0]?.right).toBeLessThan(boxes[1]?.left ?? 0);
      await close();
    }
  });

  test('a figure has its finding, its table and its file, which agree', async () => {
    const { page, close } = await reader({ language, releases: everyKind });
    await visit(page, '/statistics/who');
    const figure = page.locator('figure').nth(1);
    expect(await figure.locator('figcaption').textContent()).toMatch(/118.*231.*51%/);
    await figure.locator('summary').click();
    const cells = await figure.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    const words = texts('committee', language);
    expect(cells.at(-1)).toEqual([words['category.age.unknown'], words.withheld, '']);
    const href = (await figure.locator('a[download]').getAttribute('href')) ?? '';
    const file = decodeURIComponent(href.slice(href.indexOf(',') + 1)).trim().split('\r\n').slice(1);
    expect(file.map((line) => line.split(',').slice(1))).toEqual(cells);
    await close();
  });

  test('what a release does not have is said to be not published', async () => {
    const { page, close } = await reader({ language, releases: [fullRelease({ tables: [], total: null })] });
    await visit(page, '/statistics/who');
    const said = texts('committee', language)['unpublished.table']?.split('{')[0] ?? '';
    expect(await page.locator('.unpublished').first().textContent()).toContain(said.trim());
    expect(await page.locator('figure').count()).toBe(0);
    await close();
  });
});

test('a withheld count is drawn with its own pattern and written as a word, never as a zero', async () => {
  const { page, close } = await reader({ releases: everyKind });
  await visit(page, '/statistics/who');
  const rows = page.locator('figure').nth(1).locator('.bars__row');
  expect(await rows.last().locator('.bars__value').textContent()).toBe('withheld');
  expect(await rows.last().locator('rect').getAttribute('fill')).toContain('withheld');
  expect(await rows.first().locator('rect').getAttribute('fill')).toBeNull();
  await close();
});

test('a choice is an address that can be walked back from, and keeps the period', async () => {
  const { page, close } = await reader({ releases: everyKind });
  await visit(page, '/statistics/who');
  await page.getByRole('link', { name: 'H2 2025' }).click();
  await settled(page);
  await page.getByRole('navigation', { name: 'Region' }).getByRole('link', { name: 'North', exact: true }).click();
  await settled(page);
  expect(new URL(page.url()).search).toBe('?period=2025-H2&region=north');
  await page.goBack();
  await settled(page);
  expect(new URL(page.url()).search).toBe('?period=2025-H2');
  await close();
});

test('the keyboard alone opens a table', async () => {
  const { page, close } = await reader({ releases: everyKind });
  await visit(page, '/statistics/who');
  await page.locator('figure summary').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('figure table').first().waitFor({ state: 'visible' });
  await close();
});

test('on paper a figure has its table, and nothing that only leads on', async () => {
  const { page, close } = await reader({ releases: everyKind });
  await visit(page, '/statistics/who');
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('figure table').first().isVisible()).toBe(true);
  expect(await page.locator('.choice').first().isVisible()).toBe(false);
  await close();
});

test('a release that somebody else has built is looked at and published', async () => {
  const proposal = { id: '2026-H1', digest: 'a'.repeat(64), built_by: 'admin', built_at: '2026-08-02T03:00:00Z', release: fullRelease() };
  const { page, close } = await reader({ releases: [fullRelease({ id: '2025-H2', total: 213 })] });
  let waiting = [proposal];
  let sent: unknown;
  await page.route('**/api/v1/statistics/proposals', (route) => route.fulfill({ json: { items: waiting, next: '' } }));
  await page.route('**/api/v1/statistics/proposals/2026-H1/publish', async (route) => {
    sent = route.request().postDataJSON();
    waiting = [];
    await route.fulfill({ json: proposal.release });
  });
  await visit(page, '/statistics/about'); // whoever signs in lands on the overview, which asked before the proposal was there
  await visit(page, '/statistics');
  await page.getByRole('link', { name: /Look at them/ }).click();
  await settled(page);
  await page.getByText('All that would be published').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Publish the figures of January to June 2026' }).click();
  await page.getByText('The figures of January to June 2026 are published.').waitFor();
  expect(sent).toEqual({ digest: proposal.digest });
  await close();
});

test('who built a release is told that somebody else has to publish it', async () => {
  const proposal = { id: '2026-H1', digest: 'a'.repeat(64), built_by: 'committee', built_at: '2026-08-02T03:00:00Z', release: fullRelease() };
  const { page, close } = await reader({ releases: [] });
  await page.route('**/api/v1/statistics/proposals', (route) => route.fulfill({ json: { items: [proposal], next: '' } }));
  await page.route('**/api/v1/statistics/proposals/2026-H1/publish', (route) => route.fulfill({
    status: 409, contentType: 'application/problem+json', json: { type: 'urn:songtor:problem:release-refused', rule: 'release.same_person' },
  }));
  await visit(page, '/statistics/proposals/2026-H1');
  await page.getByRole('button', { name: /Publish/ }).click();
  await page.locator('.govuk-error-summary').getByText('Somebody else has to publish it').waitFor();
  await close();
});

test('the releases of the service are what the pages show', async () => {
  const committee = await signedIn(service, 'committee');
  const { items } = await committee<{ items: Release[] }>('GET', '/statistics/releases');
  const { page, faults, close } = await reader();
  for (const path of paths) await visit(page, path);
  await visit(page, '/statistics');
  const [latest] = [...items].sort((a, b) => b.id.localeCompare(a.id));
  if (!latest) await page.getByText('Nothing has been published yet').first().waitFor();
  else if (latest.total !== null) expect(await page.locator('.headline__figure').first().textContent()).toBe(latest.total.toLocaleString('en-GB'));
  expect(faults).toEqual([]);
  await close();
});
