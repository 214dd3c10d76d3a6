// Using a page by the keyboard alone. Nothing here clicks, and nothing goes to an address by itself.

import type { Page } from 'playwright-core';

import { settled } from './browser.ts';

const furthest = 120; // presses of Tab: more than any page has places to go to

/** Goes with Tab to what the selector names, and fails where Tab does not come there. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  for (let presses = 0; presses < furthest; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${selector} at ${new URL(page.url()).pathname}`);
}

/** Follows a link, or presses a button that leads to another address. */
export async function enter(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  const before = page.url();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.href !== before);
  await settled(page);
}

/** Chooses one answer of several, as radios and checkboxes are chosen. */
export async function choose(page: Page, selector: string, value: string): Promise<void> {
  const name = await page.locator(`${selector}[value="${value}"]`).first().getAttribute('name');
  await tabTo(page, `input[name="${name}"]`);
  for (let presses = 0; presses < furthest; presses += 1) {
    const reached = await page.evaluate((wanted) => (document.activeElement as HTMLInputElement).value === wanted, value);
    if (reached) break;
    const isRadio = await page.evaluate(() => (document.activeElement as HTMLInputElement).type === 'radio');
    await page.keyboard.press(isRadio ? 'ArrowDown' : 'Tab');
  }
  if (!await page.evaluate(() => (document.activeElement as HTMLInputElement).checked)) await page.keyboard.press('Space');
}

/** Opens what is folded away behind a summary. */
export async function unfold(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await page.keyboard.press('Enter');
}

/** Writes into a field. */
export async function write(page: Page, selector: string, text: string): Promise<void> {
  await tabTo(page, selector);
  await page.keyboard.type(text);
}
