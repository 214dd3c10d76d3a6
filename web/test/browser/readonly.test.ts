// A service that takes nothing in: everybody sees a line that says so, everything can be read, what is sent is refused in words, and the line
// goes away by itself. A line says as much of one whose lists do not show what is new.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { type Language, languages, type Opened, openPage, signIn, startBrowser, texts, violations, visit } from '../support/browser.ts';
import { signedIn, type Service, startService, submitScreening } from '../support/service.ts';

// No disk has so much space that this would be enough.
const noSpace = { SONGTOR_SPACE_WARN: '99.99', SONGTOR_SPACE_REFUSE: '99.99' };

let service: Service;
let browser: Browser;
let caseId: string;
const opened: Opened[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  caseId = (await submitScreening(service)).case_id;
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

async function restart(environment?: Readonly<Record<string, string>>): Promise<void> {
  await service.kill();
  await service.start(environment);
}

async function reader(language: Language): Promise<Page> {
  const one = await openPage(browser, service, { language });
  opened.push(one);
  await signIn(one.page, 'casemanager');
  return one.page;
}

const line = (page: Page) => page.locator('.banner');

describe.each(languages)('while nothing is taken in, in %s', (language) => {
  test('the line comes and goes by itself, and reading goes on', async () => {
    const common = texts('common', language);
    const page = await reader(language);
    await page.locator('.status__connection', { hasText: common['connection.live'] }).waitFor();
    expect(await line(page).count(), 'the control: no line while everything is taken in').toBe(0);

    await restart(noSpace);
    await line(page).getByText(common['read-only.title'] ?? '').waitFor();
    await line(page).getByText(common['read-only.text'] ?? '').waitFor();
    await visit(page, `/cases/${caseId}`);
    expect(await page.locator('main h1').first().textContent()).not.toContain(common['trouble.unreachable.heading']);
    expect(await violations(page)).toEqual([]);

    const ready = await fetch(`${service.url}/readyz`);
    expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([200, 'read_only']);
    await expect(submitScreening(service)).rejects.toThrow(/503.*read-only/);
    const manager = await signedIn(service, 'casemanager');
    expect((await manager<{ case_id: string }>('GET', `/cases/${caseId}`)).case_id).toBe(caseId);

    await restart();
    await line(page).waitFor({ state: 'detached' });
    expect((await submitScreening(service)).position).toBeGreaterThan(0);
  });
});

describe.each(languages)('while a list stays as it was, in %s', (language) => {
  test('a line tells it', async () => {
    const common = texts('common', language);
    const one = await openPage(browser, service, { language });
    opened.push(one);
    const told = { contentType: 'text/event-stream', body: 'event: stale\ndata: {"lists":["inbox"]}\n\n' };
    await one.page.route('**/api/v1/events', (route) => route.fulfill(told));
    await signIn(one.page, 'casemanager');
    await line(one.page).getByText(common['stale.title'] ?? '').waitFor();
    await line(one.page).getByText(common['stale.text'] ?? '').waitFor();
    expect(await violations(one.page)).toEqual([]);
  });
});
