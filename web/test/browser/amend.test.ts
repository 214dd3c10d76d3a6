// The form of a case at a desk: a case manager corrects an answer, sees what was and what is, says why, and records a further talk.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { drawn, languages, type Opened, openPage, settled, signIn, sizes, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { type Caller, type Service, signedIn, startService, submitScreening } from '../support/service.ts';

interface Screening {
  screening_id: string;
  corrections: number;
  answers: Record<string, { state: string; value?: unknown }> | null;
}

interface Found {
  case_id: string;
  screenings: Screening[];
}

let service: Service;
let browser: Browser;
let manager: Caller;
const opened: Opened[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  manager = await signedIn(service, 'casemanager');
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
  const one = await openPage(browser, service, options);
  opened.push(one);
  await signIn(one.page, 'casemanager');
  return one.page;
}

// A case of its own for each test: those of the caseload go on while they are looked at.
async function caseOfOwn(): Promise<Found> {
  const { case_id: id } = await submitScreening(service);
  return manager<Found>('GET', `/cases/${id}`);
}

async function onward(page: Page): Promise<void> {
  const before = page.url();
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL((url) => url.href !== before);
  await settled(page);
}

describe.each(languages)('the form of a case in %s', (language) => {
  const words = texts('decide', language);

  test('is corrected with the old and the new answer side by side, and a reason', async () => {
    const found = await caseOfOwn();
    const screening = found.screenings.at(-1);
    const home = `/cases/${found.case_id}/form/${screening?.screening_id}`;
    const page = await open({ language, size: language === 'th' ? sizes.phone : sizes.desktop });
    await visit(page, `/cases/${found.case_id}/screening`);
    await page.locator(`a[href="${home}"]`).click();
    await page.locator('.govuk-task-list').waitFor();
    expect(await violations(page)).toEqual([]);

    await visit(page, `${home}/finish`);
    await page.getByText(words['amend.unchanged'] ?? '').waitFor();

    const other = screening?.answers?.['b_safe_place']?.value === 'yes' ? 'no' : 'yes';
    await visit(page, `${home}/begin/safe`);
    await page.locator(`main input[value="${other}"]`).check();
    await onward(page);
    await visit(page, `${home}/check`);
    expect(await violations(page)).toEqual([]);
    await visit(page, `${home}/finish`);
    await page.getByRole('heading', { name: words['amend.correct.heading'] }).waitFor();
    expect(await page.locator('main table tbody tr').count()).toBe(1);
    await page.locator('main form button[type=submit]').click();
    await page.locator('.govuk-error-summary').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator('main form button[type=submit]').press('Enter');
    await page.waitForFunction(() => document.activeElement?.className === 'govuk-error-summary'); // what is still wrong is said again
    await page.locator('input[value=person_corrected]').focus();
    await page.keyboard.press('Space');
    await drawn(page);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('value')), 'the summary leaves the focus where it is').toBe('person_corrected');
    await page.locator('main form button[type=submit]').press('Enter');
    await page.getByText(words['amend.correct.done'] ?? '').waitFor();

    const now = (await manager<Found>('GET', `/cases/${found.case_id}`)).screenings.find(({ screening_id: one }) => one === screening?.screening_id);
    expect(now?.answers?.['b_safe_place']?.value).toBe(other);
    expect(now?.corrections).toBe((screening?.corrections ?? 0) + 1);
    expect(Object.keys(now?.answers ?? {}).length, 'nothing else is gone').toBeGreaterThanOrEqual(Object.keys(screening?.answers ?? {}).length - 1);
  });

  test('is filled in anew after a further talk, from the first question on', async () => {
    const found = await caseOfOwn();
    const page = await open({ language });
    await visit(page, `/cases/${found.case_id}/do/record-screening`);
    await page.locator(`a[href="/cases/${found.case_id}/form/new"]`).click();
    await page.waitForURL('**/form/new/begin/**');
    await settled(page);
    expect(await violations(page)).toEqual([]);
  });
});

test('a form that is being filled in stays where somebody else moves its case', async () => {
  const found = await caseOfOwn();
  const page = await open({ language: 'en' });
  await page.locator('.status__connection--live').waitFor();
  await visit(page, `/cases/${found.case_id}/form/${found.screenings.at(-1)?.screening_id}`);
  const read = (address: URL) => address.pathname === `/api/v1/cases/${found.case_id}`;
  await page.route(read, async (route) => { // as one that was handed over
    const response = await route.fetch();
    const { possible, ...others } = await response.json() as { possible: string[] };
    await route.fulfill({ response, json: { ...others, possible: possible.filter((command) => !command.endsWith('-screening')) } });
  });
  const again = page.waitForResponse((response) => read(new URL(response.url())));
  await manager('POST', `/cases/${found.case_id}/set-hold`, { basis: 'an officer was heard of' });
  await (await again).finished();
  await drawn(page);
  expect(await page.locator('.govuk-task-list').count()).toBe(1);
});
