// Times, as machines read them too.

import { date, dateTime, dueTime, fullDateTime, fullDueTime, remaining } from '../lib/dates.ts';
import { second } from '../lib/clock.ts';
import { texts } from '../lib/i18n.ts';
import { Tag } from './text.tsx';

/** A time: in short, in full, or the date alone; a due date in short or in full. */
export function Time({ at, as = 'short' }: { at: string; as?: 'short' | 'full' | 'date' | 'due' | 'fullDue' }) {
  const write = { short: dateTime, full: fullDateTime, date, due: dueTime, fullDue: fullDueTime }[as];
  return <time dateTime={at}>{write(at)}</time>;
}

interface DueProps {
  at: string | null | undefined;
  /** Whether somebody still has to do it; what waits no more shows its date alone. */
  waiting?: boolean;
  /** The moment for which a list is shown as it was known then. */
  asOf?: string | null;
  full?: boolean;
}

/** A due date with the time until it or since it, which goes on by itself. */
export function Due({ at, waiting = true, asOf = null, full = false }: DueProps) {
  if (!at) return <>{texts('common')('due.none')}</>;
  return <><Time at={at} as={full ? 'fullDue' : 'due'} />{waiting && <> <Remaining at={at} asOf={asOf} /></>}</>;
}

function Remaining({ at, asOf }: { at: string; asOf: string | null }) {
  const { overdue, text } = remaining(at, asOf === null ? second.value : Date.parse(asOf));
  return overdue ? <Tag colour="red">{text}</Tag> : <span class="clock">{text}</span>;
}
