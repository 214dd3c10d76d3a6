// How long the steps took, and the share within a limit. Only the limit that has a source is named.

import type { PageProps } from '../../lib/route.ts';
import { partFinding } from '../finding.ts';
import { OneWayFigure } from '../figures.tsx';
import { Unpublished } from '../parts.tsx';
import { type Release, tableOf } from '../release.ts';
import { Released } from '../released.tsx';
import { daysFinding } from '../steps.ts';
import type { Words } from '../words.ts';

export default function Time({ query }: PageProps) {
  return (
    <Released page="time" query={query}>
      {({ words, release }) => (
        <>
          <h2 class="govuk-heading-l">{words.t('time.identification')}</h2>
          <Days words={words} release={release} id="time_in_stage.identification" finding="finding.within" days={15} note="time.note.identification" />
          <h2 class="govuk-heading-l">{words.t('time.screening')}</h2>
          <Days words={words} release={release} id="time_in_stage.screening" finding="finding.within.screening" days={7} note="time.note.screening" />
          <h2 class="govuk-heading-l">{words.t('time.referral')}</h2>
          <Late words={words} release={release} />
        </>
      )}
    </Released>
  );
}

interface DaysProps {
  words: Words;
  release: Release;
  id: string;
  finding: string;
  days: number;
  note: string;
}

function Days({ words, release, id, finding, days, note }: DaysProps) {
  const table = tableOf(release, id);
  if (!table) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  return (
    <OneWayFigure words={words} release={release} table={table} along="days" finding={daysFinding(words, release, table, finding, days)} note={words.t(note)} />
  );
}

function Late({ words, release }: { words: Words; release: Release }) {
  const table = tableOf(release, 'referrals.late');
  if (!table) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  return <OneWayFigure words={words} release={release} table={table} along="late" finding={partFinding(words, release, table, 'late', 'yes')} />;
}
