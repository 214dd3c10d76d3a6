// The time as the service has it, and the due dates that are shown against it, to the second.

import { el } from './dom.js';
import { count, dateTime, fullDateTime, span, t } from './i18n.js';

const day = 86_400_000; // milliseconds

let ahead = 0; // milliseconds by which the service's clock is ahead of this device's

/** Learns the service's time from an answer's Date header. A device whose clock is wrong then still shows what is overdue. */
export function learnTime(header) {
  const moment = Date.parse(header ?? '');
  if (Number.isNaN(moment)) return;
  const difference = moment - Date.now();
  if (Math.abs(difference - ahead) > 2_000) ahead = difference; // the header counts whole seconds, and was some time on its way
}

/** The service's time, in milliseconds. */
export function now() {
  return Date.now() + ahead;
}

/**
 * A due date with the time until it or since it, which goes on by itself. What waits no more shows its date alone. A moment, for a
 * list as it was known then, shows how late it was at that moment.
 */
export function due(at, { waiting = true, asOf = null, full = false } = {}) {
  if (!at) return t('due.none');
  const written = full ? fullDateTime(at) : dateTime(at);
  if (!waiting) return written;
  const clock = el('span', { 'data-clock': asOf === null && at });
  show(clock, at, asOf === null ? now() : Date.parse(asOf));
  return [written, ' ', clock];
}

function show(clock, at, moment) {
  const left = Date.parse(at) - moment;
  const name = left <= 0 ? 'clock tag' : 'clock';
  const text = left <= 0 ? t('due.overdue', { span: span(left) }) : t('due.left', { span: inDays(left) });
  if (clock.className !== name) clock.className = name;
  if (clock.textContent !== text) clock.textContent = text;
}

// What is days ahead does not need its seconds.
function inDays(left) {
  return left < 2 * day ? span(left) : count('span', Math.floor(left / day));
}

/** Lets the clocks under root go on; to be called every second. */
export function tick(root) {
  const moment = now();
  for (const clock of root.querySelectorAll('[data-clock]')) show(clock, clock.dataset.clock, moment);
}
