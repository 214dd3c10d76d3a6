// The time as the service has it. A device whose clock is wrong then still shows what is overdue, and dates what is written on it rightly.

import { signal } from '@preact/signals';

/**
 * What is known of the service's time, in milliseconds: by how much its clock is ahead of this device's, and what it was when the service last
 * told it; 0 where it has not since the page began. It changes with every few minutes that are heard of.
 */
export const heard = signal({ ahead: 0, at: 0 });

/** Learns the service's time from an answer's Date header. */
export function learnTime(header: string | null): void {
  const at = Date.parse(header ?? '');
  const ahead = at - Date.now();
  const known = heard.peek();
  // The header counts whole seconds, and was some time on its way. Where there is none, nothing is greater.
  if (Math.abs(ahead - known.ahead) > 2_000 || Math.abs(at - known.at) > 300_000) heard.value = { ahead, at };
}

/** The service's time, in milliseconds. */
export function now(): number {
  return Date.now() + heard.peek().ahead;
}

/** The service's time. */
export function currentTime(): Date {
  return new Date(now());
}

/** The service's time, second by second, for what shows it. */
export const second = signal(now());

setInterval(() => { second.value = now(); }, 1000);
