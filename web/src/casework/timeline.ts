// The course of a case as it is read: the newest day first, what happened at one stroke together, and narrowed to what somebody looks for.

import { dayOf } from './deadline.ts';
import type { Entry } from './model.ts';

/** What one command did. */
export interface Act {
  number: number; // of the commit in the case
  entries: Entry[]; // in the order in which they happened
}

export interface Day {
  day: number; // as dayOf counts them
  at: string; // a moment of the day
  acts: Act[];
}

/** The kinds of event by which a timeline can be narrowed, with what their types begin with. */
export const subjects = {
  screening: ['frontline.', 'screening.'],
  consent: ['consent.'],
  referral: ['referral.', 'case.assigned', 'case.transferred', 'case.hand_over'],
  identification: ['identification.', 'case.disagreement'],
  protection: ['protection.', 'support.', 'period.', 'hold.'],
  notes: ['case.note_added', 'case.file_attached', 'case.linked', 'case.link_undone', 'case.duplicate_refused'],
  guards: ['glass.', 'exclusion.', 'legal_hold.', 'erasure.', 'case.keys_destroyed'],
  deadlines: ['case.deadline_missed'],
} as const;

export type Subject = keyof typeof subjects;

/** Whether a text names a subject. */
export function isSubject(text: string): text is Subject {
  return Object.hasOwn(subjects, text);
}

export interface Narrowing {
  subject: Subject | null;
  agency: string; // whose doing; empty for everybody's
}

/** The entries that a narrowing leaves. */
export function narrowed(entries: readonly Entry[], { subject, agency }: Narrowing): Entry[] {
  return entries.filter((entry) => (agency === '' || entry.actor.agency === agency) && (subject === null || isAbout(entry, subject)));
}

function isAbout({ type }: Entry, subject: Subject): boolean {
  return subjects[subject].some((beginning) => type.startsWith(beginning));
}

/** The agencies whose doing is in a timeline, each once. */
export function agenciesIn(entries: readonly Entry[]): string[] {
  return [...new Set(entries.map(({ actor }) => actor.agency))].filter((code) => code !== '').sort();
}

/** The entries by the days on which the log accepted them, the newest first, and what one command did together. */
export function byDay(entries: readonly Entry[]): Day[] {
  const days: Day[] = [];
  for (const act of acts(entries).reverse()) {
    const at = act.entries[0]?.accepted_at ?? '';
    const day = dayOf(Date.parse(at));
    const last = days.at(-1);
    if (last?.day === day) last.acts.push(act);
    else days.push({ day, at, acts: [act] });
  }
  return days;
}

function acts(entries: readonly Entry[]): Act[] {
  const found = new Map<number, Entry[]>();
  for (const entry of entries.toSorted((a, b) => a.position - b.position || a.index - b.index)) {
    const act = found.get(entry.number);
    if (act === undefined) found.set(entry.number, [entry]);
    else act.push(entry);
  }
  return [...found].map(([number, of]) => ({ number, entries: of }));
}

// The clocks of a device and of the service differ a little; only a difference worth telling is told.
const sameMoment = 60_000;

export interface Times {
  happened: string;
  recorded: string | null; // where it was written down later
  accepted: string | null; // where it arrived later than it was written down
}

/** The times of an entry that tell something. What was written down offline happened earlier than it arrived. */
export function times(entry: Pick<Entry, 'happened_at' | 'recorded_at' | 'accepted_at'>): Times {
  const later = (at: string, before: string) => Date.parse(at) - Date.parse(before) >= sameMoment;
  return {
    happened: entry.happened_at,
    recorded: later(entry.recorded_at, entry.happened_at) ? entry.recorded_at : null,
    accepted: later(entry.accepted_at, entry.recorded_at) ? entry.accepted_at : null,
  };
}

/**
 * The moments at which a case changed, the first first: the notches of the slider that shows it as it was known. Each is the millisecond after
 * the change, because a clock of the page has none finer, and what was known just then contains it.
 */
export function moments(entries: readonly Entry[]): string[] {
  const changes = entries.map(({ accepted_at: at }) => Date.parse(at) + 1);
  return [...new Set(changes)].sort((a, b) => a - b).map((at) => new Date(at).toISOString());
}
