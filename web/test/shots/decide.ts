// The pages on which commands are given.

import type { Page } from 'playwright-core';

import { signedIn } from '../support/service.ts';
import type { Shot } from '../support/shots.ts';

const who = 'casemanager';

/** The address of a command on a case that allows it. */
function command(name: string, step = ''): Shot['path'] {
  return async (service) => {
    const manager = await signedIn(service, who);
    for (const stage of ['screening', 'identification', 'protection']) {
      const { items } = await manager<{ items: { case_id: string }[] }>('GET', `/stages/${stage}/cases?limit=50`);
      for (const { case_id: id } of items) {
        const { possible } = await manager<{ possible: string[] }>('GET', `/cases/${id}`);
        if (possible.includes(name)) return `/cases/${id}/do/${name}${step === '' ? '' : `?step=${step}`}`;
      }
    }
    throw new Error(`no case allows ${name}`);
  };
}

async function sendEmpty(page: Page): Promise<void> {
  await page.locator('main form button[type=submit]').click();
  await page.locator('.govuk-error-summary').waitFor();
}

export const shots: Shot[] = [
  { name: 'decide-refer', who, path: command('refer') },
  { name: 'decide-refer-data', who, path: command('refer', 'data') },
  { name: 'decide-refer-check', who, path: command('refer', 'check') },
  { name: 'decide-missing', who, path: command('refer'), prepare: sendEmpty },
  { name: 'decide-conclude-screening', who, path: command('conclude-screening') },
  { name: 'decide-record-consent', who, path: command('record-consent') },
  { name: 'decide-settle-disagreement', who, path: command('settle-disagreement') },
  { name: 'decide-convene-team', who, path: command('convene-team') },
  { name: 'decide-file-claim', who, path: command('file-claim', 'items') },
  { name: 'decide-agree-plan', who, path: command('agree-plan') },
  { name: 'decide-exclude', who, path: command('exclude') },
];
