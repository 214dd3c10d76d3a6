// Pictures of the page with the demonstration's caseload: node screenshots.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { openPage, signIn, sizes, startBrowser } from './testing/browser.js';
import { signedIn, startService, submitScreening } from './testing/service.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node screenshots.mjs FOLDER');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const [service, browser] = await Promise.all([startService(), startBrowser()]);
try {
  const { case_id: fresh } = await submitScreening(service);
  const manager = await signedIn(service, 'casemanager');
  const [{ case_id: id }] = (await manager('GET', '/inbox?kind=disagreement_to_settle&limit=1')).items;
  const [{ incident_id: incident }] = (await manager('GET', '/incidents')).items;
  for (const language of ['th', 'en']) {
    for (const [device, size] of Object.entries(sizes)) await picture(language, device, size, { id, incident, fresh });
  }
} finally {
  await browser.close();
  await service.stop();
}

async function picture(language, device, size, { id, incident, fresh }) {
  const page = await openPage(browser, service, { language, size });
  await signIn(page, 'casemanager');
  await page.locator('.live').waitFor();
  await view(page, '#/stages/identification', '#stages a[href="#/stages/identification"][aria-current]', `stage-${device}-${language}`);
  await view(page, '#/inbox', '[data-escalated]', `inbox-${device}-${language}`);
  await view(page, `#/incidents/${incident}`, 'meter', `incident-${device}-${language}`);
  await view(page, `#/cases/${fresh}/refer`, '[data-form=action]', `refer-${device}-${language}`);
  await view(page, `#/cases/${id}`, '.timeline', `case-${device}-${language}`);
  await page.context().close();
}

async function view(page, address, content, name) {
  await page.evaluate((hash) => { location.hash = hash; }, address);
  await page.locator(content).first().waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
