// Where people were met: a map, the same counts as bars from the largest to the smallest, and as a table. Provinces are another level of
// the same page, as far as they are published.

import type { PageProps } from '../../lib/route.ts';
import { TwoWayFigure } from '../figures.tsx';
import { capital } from '../finding.ts';
import { RegionFigure } from '../map/figure.tsx';
import { Choice, pageHref, Unpublished } from '../parts.tsx';
import { crossing, type Release, tableOf } from '../release.ts';
import { Released } from '../released.tsx';
import type { Words } from '../words.ts';

const levels = ['region', 'province'] as const;
const compared = ['sex', 'age', 'nationality', 'form'] as const;

export default function Where({ query }: PageProps) {
  const level = levels.find((each) => each === query.get('level')) ?? 'region';
  const by = compared.find((each) => each === query.get('by')) ?? 'sex';
  return (
    <Released page="where" query={query} chosen={{ level, by }}>
      {({ words, release }) => (
        <>
          <Choice
            label={words.t('where.level')} current={level}
            options={levels.map((each) => ({ key: each, text: words.t(`where.level.${each}`), href: pageHref('where', { period: release.id, level: each, by }) }))}
          />
          <Level words={words} release={release} level={level} />
          <h2 class="govuk-heading-l">{words.t('where.crossed')}</h2>
          <Compared words={words} release={release} level={level} by={by} />
        </>
      )}
    </Released>
  );
}

interface Props {
  words: Words;
  release: Release;
}

function Level({ words, release, level }: Props & { level: (typeof levels)[number] }) {
  const table = tableOf(release, level);
  if (!table) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  return <RegionFigure words={words} release={release} table={table} level={level} />;
}

function Compared({ words, release, level, by }: Props & { level: string; by: string }) {
  const table = crossing(release, 'identified', 'region', by);
  return (
    <>
      <Choice
        label={words.t('where.by')} current={by}
        options={compared.map((each) => ({ key: each, text: capital(words.word('dimension', each)), href: pageHref('where', { period: release.id, level, by: each }) }))}
      />
      {table
        ? <TwoWayFigure words={words} release={release} table={table} rows="region" columns={by} />
        : <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>}
    </>
  );
}
