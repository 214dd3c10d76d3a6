// One person's way through the whole mechanism, as everybody who takes part in it sees it: an officer with a phone and no network, the ministry,
// the team, a shelter; and the committee, which sees a release and nobody in it.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { type Language, languages, openPage, settled, signIn, sizes, startBrowser, texts, visit } from '../support/browser.ts';
import { giveOnPage } from '../support/commands.ts';
import { fillIn, setUpPhone, startInterview, unlock } from '../support/responder.ts';
import { type Service, startService } from '../support/service.ts';

const consents = Object.fromEntries(['referral', 'support', 'data_sharing'].map((purpose) => [`b_consent_${purpose}`, 'yes']));
const shelter = 'shelter-women-central';
const elements = { 'elements-act': 'present', 'elements-means': 'present', 'elements-purpose': 'unclear', 'elements-s6_1_compulsion': 'unclear' };

let service: Service;
let browser: Browser;
let faults: string[] = [];
let contexts: BrowserContext[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  const found = faults;
  [faults, contexts] = [[], []];
  expect(found, 'errors, and violations of the content security policy').toEqual([]);
});

async function open(language: Language, size: (typeof sizes)['phone']): Promise<Page> {
  const opened = await openPage(browser, service, { language, size });
  opened.page.on('close', () => faults.push(...opened.faults));
  contexts.push(opened.context);
  return opened.page;
}

async function desk(language: Language, username: string): Promise<Page> {
  const page = await open(language, sizes.desktop);
  await signIn(page, username);
  return page;
}

/** Fills in a form while the service is down, over a reload, and leaves it finished on the phone. */
async function finishWithoutService(page: Page): Promise<string> {
  await setUpPhone(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await service.kill();
  const id = await startInterview(page);
  await fillIn(page, id, 'Synthetic Person', { answers: consents });
  await page.reload();
  await unlock(page);
  await visit(page, `/responder/drafts/${id}/finish`);
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL(`**/responder/finished/${id}`);
  return id;
}

/** Sends what waits; the first reply is lost on the way. Returns the reference of the receipt. */
async function sendOverALostReply(page: Page): Promise<string> {
  let calls = 0;
  await page.context().route('**/api/v1/screenings/*', async (route) => {
    calls += 1;
    const answer = await route.fetch();
    await (calls === 1 ? route.abort() : route.fulfill({ response: answer }));
  });
  const online = () => page.evaluate(() => dispatchEvent(new Event('online')));
  await online();
  await expect.poll(() => calls).toBe(1);
  await online();
  const reference = page.locator('.govuk-panel .reference');
  await reference.waitFor();
  return reference.innerText();
}

async function caseOf(page: Page, reference: string): Promise<string> {
  await page.getByRole('link', { name: reference }).first().click();
  await page.waitForURL('**/cases/*');
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

describe.each(languages)('in %s', (language) => {
  test('from a form filled in without a network to a shelter that has taken the person in', async () => {
    const phone = await open(language, sizes.phone);
    await finishWithoutService(phone);
    await service.start();

    const manager = await desk(language, 'casemanager');
    await manager.locator('.status__connection--live').waitFor();
    await visit(manager, '/stages/screening?order=newest');
    const reference = await sendOverALostReply(phone);
    await manager.locator('tbody', { hasText: reference }).waitFor(); // without reloading
    const id = await caseOf(manager, reference);

    const officer = await desk(language, 'responder');
    await giveOnPage(officer, id, 'refer', { to: 'datip', services: ['shelter_temp'], data: ['identity', 'answers'], hand_over: 'true' });
    await giveOnPage(manager, id, 'accept', {});
    await giveOnPage(manager, id, 'assign', { assignee: 'me' });
    await giveOnPage(manager, id, 'conclude-screening', { ...elements, grounds: 'yes', narrative: 'Synthetic reasons.' });
    await giveOnPage(manager, id, 'convene-team', { members: ['sdhs-bangkok', 'rtp-atpd', 'dlpw', 'ngo-yuttitham'] });

    const team = await desk(language, 'team');
    await giveOnPage(team, id, 'hold-interview', { language: 'eng', notes: 'Synthetic notes.' });
    await giveOnPage(team, id, 'give-finding', { ...elements, outcome: 'tip_s6', reasons: 'Synthetic reasons.' });
    await giveOnPage(team, id, 'decide-identification', { outcome: 'tip_s6', grounds: 'Synthetic grounds.' });

    await giveOnPage(manager, id, 'refer', { to: shelter, services: ['shelter_temp'], data: ['identity'], hand_over: 'false' });
    const receiving = await desk(language, 'shelter');
    await giveOnPage(receiving, id, 'accept', {});
    await visit(manager, `/cases/${id}/referrals`);
    await manager.locator('#referrals ~ *', { hasText: texts('casework', language)['referral_status.accepted'] ?? '' }).waitFor();
  });

  test('the committee sees a release, and no way to a person', async () => {
    const committee = await desk(language, 'committee');
    await visit(committee, '/statistics/where');
    await expect.poll(async () => {
      await committee.reload();
      await settled(committee);
      return committee.locator('main figure').count();
    }, { timeout: 100_000, interval: 2_000 }).toBeGreaterThan(0); // the demonstration publishes its releases soon after it has started
    expect(await committee.locator('a[href^="/cases/"], a[href^="/stages/"]').count()).toBe(0);
  });
});
