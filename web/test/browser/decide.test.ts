// Giving commands in a real browser against the real service: question by question, checked and signed, refused, and met by a change.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { drawn, languages, type Language, openPage, type Opened, signIn, sizes, startBrowser, texts, turnTo, violations, visit } from '../support/browser.ts';
import { type Service, signedIn, startService, submitScreening } from '../support/service.ts';

let service: Service;
let browser: Browser;
let opened: Opened | null = null;
let page: Page;

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
  opened = null;
  expect(faults, 'errors, and violations of the content security policy').toEqual([]);
});

async function enter(user = 'casemanager', { language = 'en' as Language, size = sizes.desktop } = {}): Promise<Record<string, string>> {
  opened = await openPage(browser, service, { language, size });
  page = opened.page;
  await signIn(page, user);
  return { ...texts('common', language), ...texts('decide', language) };
}

async function newCase(): Promise<string> {
  const { case_id: id } = await submitScreening(service);
  return id;
}

async function begin(id: string, command: string): Promise<void> {
  await visit(page, `/cases/${id}/do/${command}`);
}

async function go(): Promise<void> {
  await page.locator('main form button[type=submit]').click();
}

function asked(step: string) {
  return page.waitForURL((url) => url.searchParams.get('step') === step);
}

async function referUpToTheCheck(id: string): Promise<void> {
  await begin(id, 'refer');
  await page.locator('input[value=shelter_temp]').check();
  await go();
  await asked('to');
  await page.locator('#to').selectOption('shelter-women-central');
  await go();
  await asked('data');
  await page.locator('input[value=identity]').check();
  await go();
  await asked('hand_over');
  await page.locator('input[value=false]').check();
  await go();
  await asked('note');
  await go();
  await asked('check');
}

async function setHold(id: string): Promise<void> {
  const manager = await signedIn(service, 'casemanager');
  await manager('POST', `/cases/${id}/set-hold`, { basis: 'an officer was heard of' });
}

describe('a command', () => {
  test('is asked for one question a page, checked, signed and recorded', async () => {
    const t = await enter();
    const id = await newCase();
    await begin(id, 'refer');
    await go();
    await page.locator('.govuk-error-summary', { hasText: t['field.services'] ?? '' }).waitFor();
    await referUpToTheCheck(id);
    await go();
    await page.locator('.govuk-error-summary', { hasText: t['check.unsigned'] ?? '' }).waitFor();
    await page.locator('#signed-first').check();
    await go();
    await page.locator('.notice', { hasText: 'Refer' }).waitFor();
    const manager = await signedIn(service, 'casemanager');
    const found = await manager<{ referrals: { data: string[]; to: string }[] }>('GET', `/cases/${id}`);
    expect(found.referrals.map(({ data, to }) => [data, to])).toEqual([[['identity'], 'shelter-women-central']]);
  });

  test('is not given where the case has changed meanwhile: what changed is shown, and answers are kept or given again', async () => {
    const t = await enter();
    const id = await newCase();
    await referUpToTheCheck(id);
    await setHold(id);
    await page.locator('#signed-first').check();
    await go();
    await asked('changed');
    await page.locator('table', { hasText: t['changed.hold'] ?? '' }).waitFor();
    const manager = await signedIn(service, 'casemanager');
    expect((await manager<{ referrals: unknown[] }>('GET', `/cases/${id}`)).referrals).toEqual([]);
    await page.locator('input[name=keep-data][value=again]').check();
    await go();
    await asked('data');
    await page.locator('input[value=health]').check();
    await go();
    await asked('check');
    await page.locator('#signed-first').check();
    await go();
    await page.locator('.notice').waitFor();
    expect((await manager<{ referrals: { data: string[] }[] }>('GET', `/cases/${id}`)).referrals[0]?.data).toEqual(['health']);
  });

  test('sends nothing to whom the person lets nothing go, and says so before anything is asked', async () => {
    const t = await enter();
    const manager = await signedIn(service, 'casemanager');
    const offered = page.locator('#to option[value=shelter-women-central]');
    const id = await newCase();
    await manager('POST', `/cases/${id}/withdraw-consent`, { purpose: 'referral', recipient: 'shelter-women-central' });
    await begin(id, 'refer');
    await page.locator('input[value=shelter_temp]').check();
    await go();
    await asked('to');
    expect(await page.locator('#to option').count()).toBeGreaterThan(2);
    expect(await offered.count()).toBe(0);

    const moved = await newCase();
    await referUpToTheCheck(moved);
    await manager('POST', `/cases/${moved}/withdraw-consent`, { purpose: 'referral', recipient: 'shelter-women-central' });
    await page.locator('#signed-first').check();
    await go();
    await asked('changed');
    expect(await page.locator('input[name=keep-to]').count(), 'the agency cannot be kept').toBe(0);
    await go();
    await asked('to');
    expect(await page.locator('#to').inputValue()).toBe('');

    const other = await newCase();
    await manager('POST', `/cases/${other}/withdraw-consent`, { purpose: 'referral' });
    await manager('POST', `/cases/${other}/record-consent`, { purpose: 'referral', recipient: 'shelter-women-central', agreed: true });
    await manager('POST', `/cases/${other}/refer`, { to: 'shelter-women-central', services: ['shelter_temp'], data: ['identity'], hand_over: false });
    await begin(other, 'refer');
    await page.getByText(t['refer.nobody'] ?? '').waitFor();
    expect(await page.locator('main form').count()).toBe(0);
  });

  test('begins on the case as it is, and not as it was last looked at', async () => {
    await enter();
    const id = await newCase();
    await visit(page, `/cases/${id}`);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => { answer = resolve; });
    await page.route('**/api/v1/cases/*/timeline*', async (route) => {
      await answered;
      await route.continue().catch(() => undefined); // the page before has taken its question back
    });
    await setHold(id);
    await turnTo(page, `/cases/${id}/do/refer`);
    await page.locator('.loading').waitFor();
    answer();
    await referUpToTheCheck(id);
    await page.locator('#signed-first').check();
    await go();
    await page.locator('.notice').waitFor(); // and no word of what had changed before
  });

  test('keeps its answers while somebody looks at another page, and none of them lies in the browser', async () => {
    await enter();
    const id = await newCase();
    await begin(id, 'add-note');
    await page.locator('#text').fill('a word about the person');
    await visit(page, '/work');
    await begin(id, 'add-note');
    await page.waitForFunction(() => document.querySelector('textarea')?.value === 'a word about the person');
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href]));
    expect(kept).not.toContain('a word about');
  });

  test('that the case does not allow says so, with what is possible', async () => {
    const t = await enter();
    const id = await newCase();
    await begin(id, 'decide-identification');
    await page.locator('main', { hasText: t['action.notNow'] ?? '' }).waitFor();
    expect(await page.locator('.commands a').count()).toBeGreaterThan(5);
  });

  test('that somebody else gives first leaves what is being written, and says so when they go on', async () => {
    const t = await enter();
    const id = await newCase();
    await page.locator('.status__connection--live').waitFor();
    await begin(id, 'set-hold');
    await page.locator('#basis').fill('an officer was heard of');
    const again = page.waitForResponse((response) => new URL(response.url()).pathname === `/api/v1/cases/${id}`);
    await setHold(id);
    await (await again).finished();
    await drawn(page);
    expect(await page.locator('#basis').inputValue()).toBe('an officer was heard of');
    await go();
    await asked('changed');
    await page.locator('main', { hasText: t['changed.notPossible'] ?? '' }).waitFor();
    expect(await page.locator('main dl').innerText(), 'what was written').toContain('an officer was heard of');
    expect(await violations(page)).toEqual([]);
  });

  test('that takes two people asks for the second one, and is not called impossible since the case has moved by it', async () => {
    const t = await enter();
    const id = await newCase();
    await begin(id, 'request-erasure');
    await page.locator('input[value=opened_in_error]').check();
    await go();
    await asked('check');
    await page.locator('#signed-first').check();
    const again = page.waitForResponse((response) => new URL(response.url()).pathname === `/api/v1/cases/${id}`);
    await page.route('**/request-erasure', async (route) => {
      const receipt = await route.fetch();
      await (await again).finished();
      await drawn(page);
      expect(await page.locator('main', { hasText: t['action.notNow'] ?? '' }).count()).toBe(0);
      await route.fulfill({ response: receipt });
    });
    await go();
    await page.locator('h2', { hasText: t['second.heading'] ?? '' }).waitFor();
    expect(await page.locator('code').innerText()).toContain(`/cases/${id}/do/approve-erasure`);
  });
});

describe.each(languages)('the pages in %s', (language) => {
  test.each(Object.entries(sizes))('have nothing that the rules of accessibility find, on a %s', async (_, size) => {
    const t = await enter('casemanager', { language, size });
    const id = await newCase();
    const found: string[] = [];
    for (const command of ['refer', 'conclude-screening', 'record-consent', 'hold-interview', 'exclude', 'convene-team', 'follow-up', 'add-note']) {
      await begin(id, command);
      found.push(...(await violations(page)).map((one) => `${command}: ${one}`));
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${command} fits`).toBe(true);
    }
    await referUpToTheCheck(id);
    found.push(...(await violations(page)).map((one) => `check: ${one}`));
    await setHold(id);
    await page.locator('#signed-first').check();
    await go();
    await page.locator('h1', { hasText: t['changed.heading'] ?? '' }).waitFor();
    found.push(...(await violations(page)).map((one) => `changed: ${one}`));
    expect(found).toEqual([]);
  });
});

describe('by the keyboard alone', () => {
  test('a note is written, checked and recorded', async () => {
    await enter();
    const id = await newCase();
    await begin(id, 'add-note');
    await page.locator('#text').focus();
    await page.keyboard.type('by the keyboard');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await asked('audience');
    await page.locator('#audience-first').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await asked('check');
    await page.locator('main form button[type=submit]').focus();
    await page.keyboard.press('Enter');
    await page.locator('.notice').waitFor();
  });
});

describe('papers', () => {
  test('are saved from the case and from its referrals, in both languages', async () => {
    await enter();
    const id = await newCase();
    await visit(page, `/cases/${id}`);
    for (const lang of ['th', 'en']) {
      const [saved] = await Promise.all([page.waitForEvent('download'), page.locator(`.papers a[hreflang=${lang}]`).click()]);
      expect(saved.suggestedFilename()).toBe(`summary-${lang}.pdf`);
    }
  });
});
