// Makes the screenshots of every page: `npm run screenshots` for all, `npm run screenshots -- -t committee` for those of an area.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';

import { type Language, languages, openPage, settled, signIn, sizes, startBrowser, texts, visit } from '../support/browser.ts';
import { type Service, startService } from '../support/service.ts';
import type { Shot } from '../support/shots.ts';

const folder = join(import.meta.dirname, '../../docs');
const screens = 1.5; // of a long page: the rest of a list says nothing new
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
  await atRest(page, language);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width, height: screen } = sizes[size];
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, screens * screen) } });
  await context.close();
}

// What a page reads after it is shown comes in pieces: it is at rest when nothing says that it is being read and nothing has moved for a while.
async function atRest(page: Page, language: Language): Promise<void> {
  const reading = [texts('common', language)['page.loading'], texts('casework', language)['case.loading']];
  await page.waitForFunction((words) => !words.some((word) => word !== undefined && document.querySelector('main')?.innerText.includes(word)), reading);
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let height = -1, still = 0; still < 5; still = document.documentElement.scrollHeight === height ? still + 1 : 0) {
      height = document.documentElement.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}
