// Chromium, and what the tests and the screenshots do in it again and again.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

import { password, type Service } from './service.ts';

export const languages = ['th', 'en'] as const;
export type Language = (typeof languages)[number];

export const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

const locales = { th: 'th-TH', en: 'en-GB' };

/** How the system's Chromium is started, or the one that $CHROMIUM names. */
export const browserOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
};

/** Starts a browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch(browserOptions);
}

/** A page of the service, and what went wrong in it: errors of scripts, and what the content security policy refused. */
export interface Opened {
  context: BrowserContext;
  page: Page;
  faults: string[];
}

/** Opens an address of the service in a fresh profile whose browser speaks the language. */
export async function openPage(
  browser: Browser, service: Pick<Service, 'url'>, { language = 'en' as Language, size = sizes.desktop, path = '/', userAgent = undefined as string | undefined } = {},
): Promise<Opened> {
  const context = await browser.newContext({ locale: locales[language], viewport: size, baseURL: service.url, ...(userAgent !== undefined && { userAgent }) });
  context.setDefaultTimeout(60_000); // for each step: a busy machine is several times slower than one that does nothing else
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) faults.push(message.text());
  });
  await page.goto(path);
  await page.locator('h1').waitFor();
  return { context, page, faults };
}

/** Signs in on the page that asks for it; resolves when the first page is there. */
export async function signIn(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('main button[type=submit]').click();
  await page.locator('.status__who').waitFor();
  await page.waitForFunction(() => location.pathname !== '/'); // which leads on to the first page of whoever signed in
  await settled(page);
}

/** Goes to an address within the page, without loading it anew where that can be. */
export async function visit(page: Page, path: string): Promise<void> {
  await turnTo(page, path);
  await settled(page);
}

/** Turns to an address within the page, and does not wait for what it stands for. */
export async function turnTo(page: Page, path: string): Promise<void> {
  await page.evaluate((href) => {
    history.pushState(null, '', href);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}

/** Resolves when what the address stands for is shown. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-busy=true], .loading') === null);
}

/** Resolves when what an action changed is drawn, and what follows the drawing is done. */
export function drawn(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise<void>((done) => { requestAnimationFrame(() => setTimeout(done)); });
  });
}

/** What the rules of accessibility find on a page, in a line each; none where all is well. */
export async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page })
    .setLegacyMode(true) // its helper tab does not open on a busy machine
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** The words of an area in a language, as the page has them. */
export function texts(area: string, language: Language): Record<string, string> {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../text/${area}/${language}.json`), 'utf8')) as Record<string, string>;
}
