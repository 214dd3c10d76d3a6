// Who the people identified are. A region can be chosen: then each figure is the row of that region in a published table of two things,
// and where there is no such table the page says so.

import type { PageProps } from '../../lib/route.ts';
import { capital, partFinding } from '../finding.ts';
import { Figures, OneWayFigure, TableFigure, TwoWayFigure } from '../figures.tsx';
import { Choice, pageHref, Unpublished } from '../parts.tsx';
import { categories, crossing, type Release, tableOf } from '../release.ts';
import { Released } from '../released.tsx';
import { category, type Words } from '../words.ts';

const things = ['sex', 'age', 'nationality', 'form'] as const;
const universe = 'identified';

export default function Who({ query }: PageProps) {
  const [region, pair] = [query.get('region'), query.get('pair')];
  return (
    <Released page="who" query={query} chosen={{ region, pair }}>
      {({ words, release }) => {
        const chosen = regionsOf(release).find((code) => code === region) ?? null;
        return (
          <>
            <Regions words={words} release={release} chosen={chosen} />
            {chosen === null ? <Country words={words} release={release} pair={pair} /> : <OneRegion words={words} release={release} region={chosen} />}
          </>
        );
      }}
    </Released>
  );
}

interface Props {
  words: Words;
  release: Release;
}

// The regions of which a row of some table is published.
function regionsOf(release: Release): string[] {
  const table = tableOf(release, 'region');
  return table ? categories(release, table, 'region') : [];
}

function Regions({ words, release, chosen }: Props & { chosen: string | null }) {
  const regions = regionsOf(release);
  if (regions.length === 0) return null;
  return (
    <Choice
      label={words.t('region.label')} current={chosen ?? ''}
      options={[
        { key: '', text: words.t('region.all'), href: pageHref('who', { period: release.id }) },
        ...regions.map((code) => ({ key: code, text: category(words, 'region', code), href: pageHref('who', { period: release.id, region: code }) })),
      ]}
    />
  );
}

function Country({ words, release, pair }: Props & { pair: string | null }) {
  return (
    <>
      <Figures words={words} release={release} ids={things} />
      <h2 class="govuk-heading-l">{words.t('who.functioning')}</h2>
      <Functioning words={words} release={release} />
      <h2 class="govuk-heading-l">{words.t('who.pairs')}</h2>
      <Pairs words={words} release={release} chosen={pair} />
      <h2 class="govuk-heading-l">{words.t('who.detail')}</h2>
      <Figures words={words} release={release} ids={['age_band', 'form_detail']} />
    </>
  );
}

function Functioning({ words, release }: Props) {
  const table = tableOf(release, 'wgss');
  if (!table) return <Figures words={words} release={release} ids={['wgss']} />;
  return (
    <>
      <OneWayFigure
        words={words} release={release} table={table} along="disability" note={words.t('who.functioning.note')}
        finding={partFinding(words, release, table, 'disability', 'yes')}
      />
      <TableFigure words={words} release={release} id="wgss.sex" />
    </>
  );
}

function Pairs({ words, release, chosen }: Props & { chosen: string | null }) {
  const pairs = release.tables.filter(({ universe: of, dimensions }) => of === universe && dimensions.length === 2
    && dimensions.every((dimension) => things.some((thing) => thing === dimension)));
  const shown = pairs.find(({ id }) => id === chosen) ?? pairs[0];
  if (!shown) return <Figures words={words} release={release} ids={[]} />;
  const [rows = '', columns = ''] = shown.dimensions;
  return (
    <>
      <Choice
        label={words.t('who.pair')} current={shown.id}
        options={pairs.map(({ id, dimensions }) => ({
          key: id, href: pageHref('who', { period: release.id, pair: id }),
          text: dimensions.map((dimension) => capital(words.word('dimension', dimension))).join(' × '),
        }))}
      />
      <TwoWayFigure words={words} release={release} table={shown} rows={rows} columns={columns} />
    </>
  );
}

function OneRegion({ words, release, region }: Props & { region: string }) {
  return (
    <>
      {things.map((thing) => {
        const table = crossing(release, universe, 'region', thing);
        return table
          ? <OneWayFigure key={thing} words={words} release={release} table={table} along={thing} held={{ region }} />
          : <Unpublished key={thing}>{words.t('unpublished.region', { region: category(words, 'region', region) })}</Unpublished>;
      })}
    </>
  );
}
