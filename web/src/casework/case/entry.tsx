// What an event of a case says in clear. Most of what it says is sealed, and no matter for a list.

import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import type { Entry } from '../model.ts';
import { dataWords, reasonText, withdrawnWords, word } from '../parts/words.ts';

// The facts of an event by their names; which there are depends on its type.
interface Facts {
  purpose?: string;
  recipient?: string;
  data?: string[];
  left?: string[];
  from?: string;
  to?: string;
  grounds?: string;
  result?: string;
  outcome?: string;
  period?: string;
  provider?: string;
  rung?: string;
  reason?: string;
}

/** The facts of an event. */
export function EntryFacts({ entry }: { entry: Entry }) {
  const t = useText('casework');
  const { purpose, recipient, data, left, from, to, grounds, result, outcome, period, provider, rung, reason } = entry.facts as Facts;
  const facts: { term: string; value: string | null }[] = [
    { term: t('detail.purpose'), value: purpose ? withdrawnWords({ purpose, left }) : null },
    { term: t('column.recipient'), value: recipient ? agency(recipient) : null },
    { term: t('column.data'), value: data?.length ? dataWords(data) : null },
    { term: t('detail.period'), value: period ? word('period', period) : null },
    { term: t('detail.from'), value: from ? agency(from) : null },
    { term: t('detail.to'), value: to ? agency(to) : null },
    { term: t('detail.provider'), value: provider ? agency(provider) : null },
    { term: t('detail.reason'), value: reason ? reasonText(reason) : null },
    { term: t('detail.rung'), value: rung ? word('rung', rung) : null },
    { term: t('detail.grounds'), value: grounds ? word('grounds', grounds) : null },
    { term: t('detail.result'), value: result ? word('status', result) : outcome ? word('outcome', outcome) : null },
  ].filter(({ value }) => value !== null);
  if (facts.length === 0) return null;
  return <p class="entry-facts">{facts.map(({ term, value }) => <span key={term}>{term}: <strong>{value}</strong></span>)}</p>;
}
