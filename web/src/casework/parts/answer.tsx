// One answer of a form, in the words of the form's own version.

import { useText } from '../../lib/i18n.ts';
import { Details, SummaryList, Tag } from '../../parts/index.ts';
import type { Row } from '../answers.ts';

/** An answer; `declined` are the form's words for what is none. */
export function AnswerOf({ row, declined }: { row: Row; declined: Record<string, string> }) {
  const t = useText('casework');
  if (row.state !== 'answered') return <em>{declined[row.state] ?? row.state}</em>;
  return (
    <>
      {row.values.length === 1 ? <span class="prose">{row.values[0]}</span> : row.values.length > 1 && (
        <ul class="govuk-list govuk-list--bullet">{row.values.map((value) => <li key={value}>{value}</li>)}</ul>
      )}
      {row.entries.map((entry, i) => (
        <Details key={i} open summary={entry[0]?.value ?? ''}>
          <SummaryList plain facts={entry.map(({ label, value }) => ({ term: label, value }))} />
        </Details>
      ))}
      {row.urgent && <> <Tag colour="red">{t('screening.act')}</Tag></>}
      {row.source !== null && <span class="govuk-hint answer-source">{t('screening.source', { source: row.source })}</span>}
    </>
  );
}
