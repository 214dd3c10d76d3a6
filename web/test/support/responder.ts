// What a responder does on a phone, again and again.

import type { Page } from 'playwright-core';

import { settled, signIn, texts, visit } from './browser.ts';

export const passphrase = 'four quiet garden lamps';

const checkHeading = new RegExp(`^(${['en', 'th'].map((language) => texts('interview', language as 'en' | 'th')['check.heading']).join('|')})$`);

const inBoth = (key: string) => [texts('responder', 'en')[key], texts('responder', 'th')[key]];

function named(page: Page, key: string) {
  return page.getByRole('button', { name: new RegExp(`^(${inBoth(key).join('|')})$`) });
}

/** Signs in as the demonstration's responder, and sets the phone up. */
export async function setUpPhone(page: Page, way: 'passphrase' | 'passkey' = 'passphrase'): Promise<void> {
  await signIn(page, 'responder');
  await visit(page, '/responder');
  await page.locator(`input[value="${way}"]`).check();
  if (way === 'passphrase') {
    await page.locator('#first').fill(passphrase);
    await page.locator('#second').fill(passphrase);
  }
  await page.locator('main form button[type=submit]').click();
  await named(page, 'start').waitFor();
}

/** Unlocks the phone. */
export async function unlock(page: Page): Promise<void> {
  if (!new URL(page.url()).pathname.endsWith('/responder')) await visit(page, '/responder');
  await page.locator('#passphrase').fill(passphrase);
  await page.locator('main form button[type=submit]').click();
  await named(page, 'start').waitFor();
}

/** Begins an interview, and returns its id. */
export async function startInterview(page: Page): Promise<string> {
  await visit(page, '/responder');
  await named(page, 'start').click();
  await page.waitForURL('**/responder/drafts/**');
  await page.locator('#province').waitFor();
  return new URL(page.url()).pathname.split('/')[3] ?? '';
}

/**
 * Answers an adult's interview as shortly as the form allows, with a name and with the answers that are given for some questions; `only` ends
 * after so many questions beyond the beginning.
 */
export async function fillIn(page: Page, id: string, name: string, { only = Infinity, answers = {} as Readonly<Record<string, string>> } = {}): Promise<void> {
  const onward = async () => {
    const before = page.url();
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL((url) => url.href !== before); // what was answered is kept first
    await settled(page);
  };
  const pick = async (value: string) => { await page.locator(`main input[value="${value}"]`).check(); };
  await page.locator('#province').selectOption('TH-50');
  await onward();
  for (const [question, answer] of beginning) {
    await page.locator(`[name="${question}"]`).first().waitFor({ state: 'attached' });
    await pick(answer);
    await onward();
  }
  await page.locator('.govuk-task-list').waitFor();
  await visit(page, `/responder/drafts/${id}/question/d_name_said`);
  await page.locator('#d_name_said').fill(name);
  await onward();
  for (let n = 1; n < only; n += 1) {
    await visit(page, `/responder/drafts/${id}/check`);
    await page.getByRole('heading', { name: checkHeading }).waitFor();
    const missing = page.locator('.missing a').first();
    if (await missing.count() === 0) return;
    await missing.click();
    await settled(page);
    const given = answers[new URL(page.url()).pathname.split('/').at(-1) ?? ''];
    await (given === undefined ? answerShortly(page) : pick(given));
    await onward();
  }
}

const beginning = [
  ['a_place_kind', 'police_station'], ['a_language', 'mya'], ['b_safe_place', 'yes'], ['b_information_given', 'purpose'], ['d_under_18', 'no'],
  ['b_consent_screening', 'yes'],
] as const;

// The answer that asks for nothing more, where there is one.
async function answerShortly(page: Page): Promise<void> {
  const main = page.locator('main form');
  for (const value of ['declined', 'unknown', 'not_asked', 'no', 'none', 'self']) {
    const choice = main.locator(`input[value="${value}"]`).first();
    if (await choice.count() > 0) return choice.check();
  }
  const choice = main.locator('input[type=radio], input[type=checkbox]').first();
  if (await choice.count() > 0) return choice.check();
  const select = main.locator('select').first();
  if (await select.count() > 0) {
    await select.selectOption({ index: 1 });
    return;
  }
  await main.locator('input, textarea').first().fill('1');
}
