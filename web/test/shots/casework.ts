// The pages of casework.

import type { Page } from 'playwright-core';

import { type Service, signedIn, submitScreening } from '../support/service.ts';
import type { Shot } from '../support/shots.ts';

const who = 'casemanager';

/** The address of a part of a case that has something to do, or of the first with a task of a kind. */
function ofCase(rest: string, kind = ''): Shot['path'] {
  return async (service) => {
    const manager = await signedIn(service, who);
    const { items: [task] } = await manager<{ items: { case_id: string }[] }>('GET', `/inbox?limit=1${kind === '' ? '' : `&kind=${kind}`}`);
    return `/cases/${task?.case_id}${rest}`;
  };
}

/** The address of the comparison of the likeliest pair; of the first of its cases alone where `both` is not set. */
function ofPair(both: boolean): Shot['path'] {
  return async (service) => {
    const { items: [pair] } = await (await signedIn(service, who))<{ items: { cases: { case_id: string }[] }[] }>('GET', '/duplicates?least=90&limit=1');
    const [a, b] = pair?.cases ?? [];
    return both ? `/cases/${a?.case_id}/duplicates/${b?.case_id}` : `/cases/${a?.case_id}/duplicates`;
  };
}

async function anIncident(service: Service): Promise<string> {
  const { items: [incident] } = await (await signedIn(service, who))<{ items: { incident_id: string }[] }>('GET', '/incidents?limit=1');
  return `/incidents/${incident?.incident_id}`;
}

async function unfold(page: Page): Promise<void> {
  await page.locator('main details summary').first().click();
}

/** A case that was opened in an emergency. */
async function brokenGlass(service: Service): Promise<string> {
  const receipt = await submitScreening(service);
  await (await signedIn(service, 'shelter'))('POST', '/emergencies', {
    reference: receipt.case_reference, scopes: ['identity'], reason: 'danger_to_life', text: 'Synthetic emergency.',
  });
  return `/cases/${receipt.case_id}/guards`;
}

/** The form of a case, as it is corrected at a desk. */
async function aForm(service: Service): Promise<string> {
  const receipt = await submitScreening(service);
  return `/cases/${receipt.case_id}/form/${receipt.screening_id}`;
}

export const shots: Shot[] = [
  { name: 'casework-work', who, path: '/work' },
  { name: 'casework-work-overdue', who, path: '/work?whose=all&due=overdue' },
  { name: 'casework-work-incoming', who, path: '/work?box=incoming' },
  { name: 'casework-queue', who, path: '/stages/identification' },
  { name: 'casework-case', who, path: ofCase('') },
  { name: 'casework-case-protection', who, path: ofCase('', 'plan_to_review') },
  { name: 'casework-screening', who, path: ofCase('/screening') },
  { name: 'casework-correct', who, path: aForm },
  { name: 'casework-held', who, path: '/held' },
  { name: 'casework-held-import', who, path: '/held/import' },
  { name: 'casework-referrals', who, path: ofCase('/referrals', 'service_declined') },
  { name: 'casework-documents', who, path: ofCase('/documents') },
  { name: 'casework-timeline', who, path: ofCase('/timeline'), prepare: unfold },
  { name: 'casework-disagreement', who, path: ofCase('/timeline', 'disagreement_to_settle') },
  { name: 'casework-duplicates', who, path: ofPair(false) },
  { name: 'casework-compare', who, path: ofPair(true) },
  { name: 'casework-pairs', who, path: '/duplicates' },
  { name: 'casework-guards', who, path: brokenGlass },
  { name: 'casework-access-log', who, path: ofCase('/access-log') },
  { name: 'casework-absent', who, path: '/cases/00000000-0000-4000-8000-000000000000' },
  { name: 'casework-emergency', who: 'shelter', path: '/emergency?case=00000000-0000-4000-8000-000000000000' },
  { name: 'casework-incidents', who, path: '/incidents' },
  { name: 'casework-incident', who, path: anIncident },
  { name: 'casework-alerts', who: 'auditor', path: '/alerts?show=all' },
  { name: 'casework-reports', who: 'auditor', path: '/reports' },
];
