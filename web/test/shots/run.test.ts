// Makes the screenshots of every page: `npm run screenshots` for all, `npm run screenshots -- -t committee` for those of an area.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';

import { languages, openPage, settled, signIn, sizes, startBrowser, visit, type Language } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';
import type { Shot } from '../support/shots.ts';

const folder = join(import.meta.dirname, '../../docs');
const screens = 2.5; // of a long page: the rest of a list says nothing new
const areas = import.meta.glob<Shot[]>(['./*.ts', '!./*.test.ts'], { import: 'shots', eager: true });

let service: Service;
let browser: Browser;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  service = await startService();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe.each(Object.entries(areas))('%s', (_, shots) => {
  const views = shots.flatMap((shot) => languages.flatMap((language) => (shot.sizes ?? (['phone', 'desktop'] as const))
    .map((size) => ({ shot, language, size, name: `${shot.name}-${size}-${language}` }))));

  test.each(views)('$name', async ({ shot, language, size, name }) => {
    await take(shot, language, size, join(folder, `${name}.png`));
  });
});

async function take(shot: Shot, language: Language, size: keyof typeof sizes, file: string): Promise<void> {
  const { context, page } = await openPage(browser, service, { language, size: sizes[size] });
  if (shot.who !== undefined) await signIn(page, shot.who);
  await visit(page, typeof shot.path === 'string' ? shot.path : await shot.path(service));
  await shot.prepare?.(page);
  await settled(page);
  await page.evaluate(() => document.fonts.ready);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width, height: screen } = sizes[size];
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, screens * screen) } });
  await context.close();
}
