// The filters of a stage's queue. Choosing one shows the list at once; the address keeps them.

import { useRef } from 'preact/hooks';

import { codes } from '../../lib/codes.ts';
import { count as counted, number, useText } from '../../lib/i18n.ts';
import { optionsOf } from '../../lib/names.ts';
import { Details, Select, TextButton } from '../../parts/index.ts';
import { countOf, type QueueFilter } from '../filters.ts';
import { word } from './words.ts';

interface QueueFiltersProps {
  filter: QueueFilter;
  count: { by_status: Record<string, number> };
  choose: (filter: QueueFilter) => void;
  /** Takes the filters away, and with them the button that has the focus. */
  clear: (filter: QueueFilter) => void;
}

const tasks = [
  'first_contact_to_screen', 'screening_to_conclude', 'identification_to_decide', 'referral_to_answer', 'referral_declined', 'hand_over_to_answer',
  'withdrawal_to_acknowledge', 'service_to_answer', 'service_declined', 'finding_to_give', 'period_ends', 'period_paused', 'plan_to_agree', 'plan_to_review',
  'risk_to_review', 'follow_up', 'return_to_complete', 'claim_to_advance', 'disagreement_to_settle', 'glass_to_review', 'erasure_to_approve', 'lift_to_approve',
];

/** The filters. */
export function QueueFilters({ filter, count, choose, clear }: QueueFiltersProps) {
  const t = useText('casework');
  const set = (name: keyof QueueFilter) => (value: string) => choose({ ...filter, [name]: value });
  const select = (name: keyof QueueFilter, options: { value: string; label: string }[], empty = t('filter.any')) => (
    <Select name={name} label={t(`filter.${name}`)} value={filter[name]} empty={empty} onChange={set(name)} options={options} />
  );
  const statuses = codes('status').map((code) => ({
    value: code, label: count.by_status[code] === undefined ? word('status', code) : `${word('status', code)} (${number(count.by_status[code])})`,
  }));
  const n = countOf(filter);
  const unfolded = useRef(false); // what was folded away again would take the focus with it
  unfolded.current ||= (['agency', 'task', 'language'] as const).some((name) => filter[name] !== '');
  return (
    <search class="filters" aria-label={t('filter.label')}>
      {select('status', [...statuses, { value: 'all', label: t('list.all') }], t('list.open'))}
      {select('due', (['overdue', 'today', 'week', 'none'] as const).map((value) => ({ value, label: t(`filter.due.${value}`) })))}
      {select('urgent', [{ value: 'true', label: t('filter.urgent.true') }])}
      {select('assignee', (['me', 'none'] as const).map((value) => ({ value, label: t(`filter.assignee.${value}`) })))}
      {select('province', optionsOf('provinces', { sorted: true }))}
      {select('order', (['due', 'newest', 'oldest', 'reference'] as const).map((value) => ({ value, label: t(`filter.order.${value}`) })), t('filter.order.queue'))}
      <Details summary={t('filter.more')} open={unfolded.current}>
        {select('agency', optionsOf('agencies', { sorted: true }))}
        {select('task', tasks.map((value) => ({ value, label: word('task', value) })))}
        {select('language', optionsOf('languages', { sorted: true }))}
      </Details>
      {n > 0 && (
        <p class="filters__set" role="status">
          {counted('casework', 'filter.set', n)} <TextButton onClick={() => clear(cleared(filter))}>{t('filter.clear')}</TextButton>
        </p>
      )}
    </search>
  );
}

function cleared(filter: QueueFilter): QueueFilter {
  return { ...(Object.fromEntries(Object.keys(filter).map((name) => [name, ''])) as unknown as QueueFilter), order: filter.order };
}
