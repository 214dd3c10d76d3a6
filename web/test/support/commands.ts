// Giving a command on its pages, as a case manager does: question after question, the check, the signature.

import type { Page } from 'playwright-core';

import { languages, settled, texts, visit } from './browser.ts';

const checkHeading = new RegExp(`(${languages.map((language) => texts('decide', language)['check.heading']).join('|')})$`);

/** Gives a command to a case; questions without an answer here are left open, which is for those that may be. */
export async function giveOnPage(page: Page, caseId: string, command: string, answers: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
  await visit(page, `/cases/${caseId}/do/${command}`);
  while (!await atTheCheck(page)) {
    await answerStep(page, answers);
    await onward(page);
  }
  const signature = page.locator('#signed-first');
  if (await signature.count() > 0) await signature.check();
  await page.locator('main form button[type=submit]').click();
  await page.locator('.notice').waitFor();
}

// A command without a question begins with the check, at the address of the command itself.
async function atTheCheck(page: Page): Promise<boolean> {
  const step = new URL(page.url()).searchParams.get('step');
  if (step !== null) return step === 'check';
  await page.locator('main form').waitFor();
  return await page.getByRole('heading', { level: 1, name: checkHeading }).count() > 0;
}

async function onward(page: Page): Promise<void> {
  const before = page.url();
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL((url) => url.href !== before);
  await settled(page);
}

async function answerStep(page: Page, answers: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
  await page.locator('main form button[type=submit]').waitFor();
  for (const [field, answer] of Object.entries(answers)) {
    const choices = page.locator(`main form input[name="${field}"]:is([type=radio], [type=checkbox])`);
    if (await choices.count() > 0) {
      for (const value of [answer].flat()) await page.locator(`main form input[name="${field}"][value="${value}"]`).check();
      continue;
    }
    const control = page.locator(`main form [id="${field}"]`);
    if (await control.count() === 0) continue; // it belongs to another step
    if (await control.evaluate((element) => element.tagName === 'SELECT')) await control.selectOption(String(answer));
    else await control.fill(String(answer));
  }
}
