// The time as the service has it. A device whose clock is wrong then still shows what is overdue.

import { signal } from '@preact/signals';

let ahead = 0; // milliseconds by which the service's clock is ahead of this device's

/** Learns the service's time from an answer's Date header. */
export function learnTime(header: string | null): void {
  const moment = Date.parse(header ?? '');
  if (Number.isNaN(moment)) return;
  const difference = moment - Date.now();
  if (Math.abs(difference - ahead) > 2_000) ahead = difference; // the header counts whole seconds, and was some time on its way
}

/** The service's time, in milliseconds. */
export function now(): number {
  return Date.now() + ahead;
}

/** The service's time, second by second, for what shows it. */
export const second = signal(now());

setInterval(() => { second.value = now(); }, 1000);
