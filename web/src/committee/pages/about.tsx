// About the data: how people are protected, what is counted and how, what was corrected, and what the figures do not tell.

import { longDate } from '../../lib/dates.ts';
import type { PageProps } from '../../lib/route.ts';
import { SummaryList, Table } from '../../parts/index.ts';
import { ShownTable } from '../parts.tsx';
import type { Release } from '../release.ts';
import { Released } from '../released.tsx';
import { cell } from '../shown.ts';
import type { Words } from '../words.ts';

export default function About({ query }: PageProps) {
  return (
    <Released page="about" query={query}>
      {({ words, release }) => (
        <>
          <Protection words={words} release={release} />
          <Counted words={words} release={release} />
          <Corrections words={words} release={release} />
          <h2 class="govuk-heading-m">{words.t('about.gaps')}</h2>
          <ul class="govuk-list govuk-list--bullet">{[1, 2, 3, 4].map((n) => <li key={n}>{words.t(`about.gaps.${n}`)}</li>)}</ul>
        </>
      )}
    </Released>
  );
}

interface Props {
  words: Words;
  release: Release;
}

function Protection({ words, release }: Props) {
  const values = { k: words.number(release.k), coalition: words.number(release.coalition), extra: words.percent(release.extra) };
  return (
    <>
      <h2 class="govuk-heading-m" id="protection">{words.t('about.protection')}</h2>
      {[1, 2, 3, 4, 5].map((n) => <p key={n} class="govuk-body">{words.t(`about.protection.${n}`, values)}</p>)}
      <h2 class="govuk-heading-m">{words.t('about.numbers')}</h2>
      <SummaryList
        facts={[
          { term: words.t('about.period'), value: words.period(release.id) },
          { term: words.t('about.published'), value: longDate(release.published_at) },
          { term: words.t('about.k'), value: values.k },
          { term: words.t('about.bound'), value: words.number(release.bound) },
          { term: words.t('about.coalition'), value: values.coalition },
          { term: words.t('about.extra'), value: values.extra },
          { term: words.t('about.position'), value: words.number(release.position) },
        ]}
      />
    </>
  );
}

function Counted({ words, release }: Props) {
  const shown = {
    columns: [
      { title: words.t('about.universe'), numeric: false }, { title: words.t('about.basis'), numeric: false }, { title: words.t('about.total'), numeric: true },
    ],
    rows: release.universes.map(({ id, basis, total }) => ({ key: id, cells: [words.word('universe', id), words.word('basis', basis), cell(words, total)] })),
    withheld: false,
  };
  const certified = release.universes.filter(({ certificate }) => certificate !== undefined);
  return (
    <>
      <h2 class="govuk-heading-m">{words.t('about.counted')}</h2>
      <ShownTable words={words} shown={shown} caption={words.t('about.counted')} />
      {certified.length > 0 && (
        <>
          <p class="govuk-body">{words.t('about.certificates')}</p>
          <Table
            caption={words.t('about.certificate')} captionHidden columns={[words.t('about.universe'), words.t('about.covers'), words.t('about.certificate')]}
            rows={certified.map(({ id, covers, certificate }) => ({
              key: id,
              cells: [
                words.word('universe', id), words.t(`about.covers.${covers ?? 'all'}`),
                <code key="c" class="digest">{certificate}</code>,
              ],
            }))}
          />
        </>
      )}
    </>
  );
}

const corrections = ['added', 'removed', 'changed'] as const;

function Corrections({ words, release }: Props) {
  const periods = [...new Set(release.adjustments.map(({ period }) => period))].sort();
  const count = (period: string, kind: string) => release.adjustments.find((each) => each.period === period && each.kind === kind)?.count ?? null;
  return (
    <>
      <h2 class="govuk-heading-m">{words.t('about.corrections')}</h2>
      {periods.length === 0 ? <p class="govuk-body">{words.t('about.corrections.none')}</p> : (
        <ShownTable
          words={words} caption={words.t('about.corrections')}
          shown={{
            columns: [{ title: words.t('column.period'), numeric: false }, ...corrections.map((kind) => ({ title: words.word('correction', kind), numeric: true }))],
            rows: periods.map((period) => ({ key: period, cells: [words.period(period), ...corrections.map((kind) => cell(words, count(period, kind)))] })),
            withheld: false,
          }}
        />
      )}
    </>
  );
}
