// How a due date stands against a moment. Everything that shows a deadline says it in words from here, so that none is told by colour.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const thailand = 7 * hour; // ahead of UTC, all year

export type Urgency = 'none' | 'overdue' | 'hours' | 'today' | 'tomorrow' | 'later';

export interface Standing {
  urgency: Urgency;
  days: number; // whole days, then whole hours, then whole minutes of the time until it, or since it where it is overdue
  hours: number;
  minutes: number;
}

// What is due within so much time is told by the hour, also where its day is tomorrow's.
const near = 4 * hour;

/** How a due date stands at a moment; 'none' where no limit is set. Days are those of Thailand. */
export function standing(dueAt: string | null | undefined, now: number): Standing {
  if (!dueAt) return { urgency: 'none', days: 0, hours: 0, minutes: 0 };
  const left = Date.parse(dueAt) - now;
  const span = parts(Math.abs(left));
  if (left <= 0) return { urgency: 'overdue', ...span };
  if (left < near) return { urgency: 'hours', ...span };
  const apart = dueDay(Date.parse(dueAt)) - dayOf(now);
  return { urgency: apart === 0 ? 'today' : apart === 1 ? 'tomorrow' : 'later', ...span };
}

function parts(span: number): Omit<Standing, 'urgency'> {
  return { days: Math.floor(span / day), hours: Math.floor((span % day) / hour), minutes: Math.floor((span % hour) / minute) };
}

/** The number of a moment's day in Thailand. */
export function dayOf(moment: number): number {
  return Math.floor((moment + thailand) / day);
}

// The number of the day in Thailand on which something is due. Midnight is of the day that ends then: a limit in working days is over with
// its last day.
function dueDay(moment: number): number {
  return dayOf(moment - 1);
}

/** From when something is due later today, and before when: the end of the day is of it. */
export function restOfDay(moment: number): { from: string; until: string } {
  const end = (dayOf(moment) + 1) * day - thailand;
  return { from: new Date(moment).toISOString(), until: new Date(end + 1).toISOString() };
}

/** Compares two due dates: the earlier comes first, and what has none comes last. */
export function earlier(a: string | null | undefined, b: string | null | undefined): number {
  if (!a || !b) return Number(!a) - Number(!b);
  return Date.parse(a) - Date.parse(b);
}
