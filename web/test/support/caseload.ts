// Makes the caseload of the demonstration once for all files of tests: it takes most of a minute, and a copy of it a second.

import { setTimeout as pause } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

import { dataFolder, serve, type Service, signedIn } from './service.ts';

const publishingTakesAtMost = 180_000; // milliseconds, on a busy machine

export default async function makeCaseload(project: TestProject): Promise<() => Promise<void>> {
  const data = await dataFolder();
  const service = await serve(data);
  await published(service);
  await service.halt();
  project.provide('caseload', data);
  return service.stop;
}

// The statistics come last, when all cases are there.
async function published(service: Service): Promise<void> {
  const committee = await signedIn(service, 'committee');
  const deadline = Date.now() + publishingTakesAtMost;
  while (Date.now() < deadline) {
    const { items } = await committee<{ items: unknown[] }>('GET', '/statistics/releases');
    if (items.length > 0) return;
    await pause(100);
  }
  throw new Error('the service published no statistics in time');
}
