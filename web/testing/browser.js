// Chromium, and what the tests and the screenshots do in it again and again.

import { readFile } from 'node:fs/promises';

import { chromium } from 'playwright-core';

import { password } from './service.js';

export const languages = ['th', 'en'];
export const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** Starts the system's Chromium, or the one that $CHROMIUM names. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/** Opens the service's page in a fresh profile whose browser speaks the language. */
export async function openPage(browser, service, { language = 'en', size = sizes.desktop } = {}) {
  const context = await browser.newContext({ locale: { th: 'th-TH', en: 'en-GB' }[language], viewport: size, baseURL: service.url });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) page.faults.push(message.text());
  });
  await page.goto('/before/');
  await page.locator('h1').waitFor();
  return page;
}

/** Fills in the form and signs in; resolves when the first view is there. */
export async function signIn(page, username) {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('main button.primary').click();
  await page.locator('#account').waitFor();
}

/** The texts of a language, as the page has them. */
export async function texts(language) {
  return JSON.parse(await readFile(new URL(`../static/text.${language}.json`, import.meta.url), 'utf8'));
}
