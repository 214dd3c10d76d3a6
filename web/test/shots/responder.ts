// A phone in the field: setting it up, unlocking it, what is on it, and an interview page by page.

import type { Shot } from '../support/shots.ts';
import { texts, visit } from '../support/browser.ts';
import { fillIn, setUpPhone, startInterview, unlock } from '../support/responder.ts';

const who = 'responder';
const path = '/responder';
const entrance = '/'; // where somebody signs in, as setting a phone up begins
const lock = new RegExp(`^(${(['en', 'th'] as const).map((language) => texts('common', language)['page.lock']).join('|')})$`);

export const shots: Shot[] = [
  { name: 'phone-set-up', who, path, sizes: ['phone'] },
  { name: 'phone-home', path: entrance, prepare: async (page) => {
    await setUpPhone(page);
    const id = await startInterview(page);
    await fillIn(page, id, 'Mya Mya', { only: 1 });
    await page.goto(path);
    await page.locator('#passphrase').waitFor();
    await unlock(page);
  } },
  { name: 'phone-locked', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await setUpPhone(page);
    await page.getByRole('button', { name: lock }).click();
    await page.locator('#passphrase').waitFor();
  } },
  { name: 'phone-settings', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await setUpPhone(page);
    await page.locator('a[href="/responder/settings"]').click();
    await page.locator('dl').first().waitFor();
  } },
  { name: 'phone-device', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await setUpPhone(page);
    await visit(page, '/responder/settings/device');
  } },
  { name: 'phone-received', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await finished(page);
    await page.locator('.govuk-panel').waitFor();
  } },
  { name: 'phone-waits', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await page.context().route('**/api/v1/screenings/*', (route) => route.abort());
    await finished(page);
    await page.locator('dl').first().waitFor();
  } },
  { name: 'phone-attention', path: entrance, sizes: ['phone'], prepare: async (page) => {
    await page.context().route('**/api/v1/screenings/*', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: '{"status":422}' }));
    await finished(page);
    await page.locator('.govuk-inset-text').waitFor();
  } },
];

async function finished(page: Parameters<typeof setUpPhone>[0]): Promise<void> {
  await setUpPhone(page);
  const id = await startInterview(page);
  await fillIn(page, id, 'Mya Mya');
  await page.locator(`a[href="/responder/drafts/${id}/finish"]`).click();
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL('**/responder/finished/**');
}
