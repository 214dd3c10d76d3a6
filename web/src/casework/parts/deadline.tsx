// A due date that cannot be overlooked: the date, how long there is left, and a word for how near it is. Colour only repeats the word.

import { second } from '../../lib/clock.ts';
import { useText } from '../../lib/i18n.ts';
import { Due, Tag } from '../../parts/index.ts';
import { standing } from '../deadline.ts';
import { word } from './words.ts';

interface DeadlineProps {
  at: string | null | undefined;
  waiting?: boolean; // what waits no more shows its date alone
  asOf?: string | null; // the moment for which it is shown
  full?: boolean;
  rung?: string | undefined; // who was told last that it was missed
}

/** A due date. */
export function Deadline({ at, waiting = true, asOf = null, full = false, rung }: DeadlineProps) {
  const t = useText('casework');
  return (
    <span class="deadline">
      {waiting && <Nearness at={at} asOf={asOf} />}
      <Due at={at} waiting={waiting} asOf={asOf} full={full} />
      {rung !== undefined && rung !== '' && <span class="deadline__told">{t('task.missed', { rung: word('rung', rung) })}</span>}
    </span>
  );
}

function Nearness({ at, asOf }: { at: string | null | undefined; asOf: string | null }) {
  const t = useText('casework');
  const { urgency } = standing(at, asOf === null ? second.value : Date.parse(asOf));
  if (urgency === 'hours') return <><Tag colour="orange">{t('due.soon')}</Tag>{' '}</>;
  if (urgency === 'today') return <><Tag colour="yellow">{t('due.today')}</Tag>{' '}</>;
  if (urgency === 'tomorrow') return <><Tag colour="grey">{t('due.tomorrow')}</Tag>{' '}</>;
  return null; // what is overdue says so beside its date
}

/** Where the limit comes from, if there is one. Its source is cited in English. */
export function LimitSource({ of: { limit_source: source } }: { of: { limit_source?: string | null } }) {
  const t = useText('casework');
  if (!source) return null;
  return <span class="deadline__told">{t('next.source')} <span lang="en">{source}</span></span>;
}
