// How the numbers of people identified developed over the releases, in all or by one thing.

import { language } from '../../lib/i18n.ts';
import type { PageProps } from '../../lib/route.ts';
import { Inset } from '../../parts/index.ts';
import { type Line, Lines } from '../charts/Lines.tsx';
import { capital, trendFinding } from '../finding.ts';
import { Choice, pageHref, ShownFigure, Unpublished } from '../parts.tsx';
import { categories, type Count, countAt, inOrder, type Release, tableOf } from '../release.ts';
import { Released } from '../released.tsx';
import { cell, type Shown } from '../shown.ts';
import { category, type Words } from '../words.ts';

const things = ['sex', 'age', 'nationality', 'form', 'region'] as const;

export default function Trends({ query }: PageProps) {
  const by = things.find((thing) => thing === query.get('by')) ?? null;
  return (
    <Released page="trends" query={query} chosen={{ by }}>
      {({ words, releases, release }) => {
        const until = inOrder(releases).filter(({ id }) => id <= release.id);
        return (
          <>
            <Choice
              label={words.t('trends.by')} current={by ?? ''}
              options={[
                { key: '', text: words.t('trends.by.all'), href: pageHref('trends', { period: release.id }) },
                ...things.map((thing) => ({ key: thing, text: capital(words.word('dimension', thing)), href: pageHref('trends', { period: release.id, by: thing }) })),
              ]}
            />
            {until.length < 2 && <Inset>{words.t('trends.one')}</Inset>}
            <Trend words={words} releases={until} by={by} />
          </>
        );
      }}
    </Released>
  );
}

function Trend({ words, releases, by }: { words: Words; releases: readonly Release[]; by: string | null }) {
  const lines = by === null ? [total(words, releases)] : linesOf(words, releases, by);
  if (lines.every(({ counts }) => counts.every((count) => count === undefined))) return <Unpublished>{words.t('unpublished')}</Unpublished>;
  const finding = by === null ? trendFinding(words, releases) : groupTrend(words, releases, lines);
  return (
    <ShownFigure words={words} name={by === null ? 'trend' : `trend.${by}`} finding={finding} shown={shownLines(words, releases, lines)} note={words.t('trends.note')}>
      <Lines
        periods={releases.map(({ id }) => ({ key: id, label: words.shortPeriod(id) }))} lines={lines} language={language.value}
        withheld={words.t('withheld')} described={words.t('figure.lines', { finding })} number={words.number}
      />
    </ShownFigure>
  );
}

function total(words: Words, releases: readonly Release[]): Line {
  return { key: 'all', label: words.t('trends.all'), counts: releases.map(({ total: count }) => count) };
}

/** A line for each category of a thing, over the releases that have its table. */
export function linesOf(words: Words, releases: readonly Release[], by: string): Line[] {
  const codes = new Set(releases.flatMap((release) => {
    const table = tableOf(release, by);
    return table ? categories(release, table, by) : [];
  }));
  return [...codes].map((code) => ({
    key: code, label: category(words, by, code),
    counts: releases.map((release): Count | undefined => {
      const table = tableOf(release, by);
      return table && countAt(table, { [by]: code });
    }),
  }));
}

/** The group that changed most between the first release and the last, of those that both publish; what the lines are about otherwise. */
export function groupTrend(words: Words, releases: readonly Release[], lines: readonly Line[]): string {
  const changes = lines.flatMap(({ label, counts }) => {
    const [first, last] = [counts[0], counts.at(-1)];
    return typeof first === 'number' && typeof last === 'number' ? [{ label, first, last }] : [];
  });
  const [most] = changes.sort((a, b) => Math.abs(b.last - b.first) - Math.abs(a.last - a.first));
  const [from, until] = [releases[0], releases.at(-1)];
  if (!most || !from || !until || from === until) return trendFinding(words, releases);
  return words.t('finding.trend.group', {
    group: most.label, first: words.number(most.first), last: words.number(most.last), from: words.shortPeriod(from.id), until: words.shortPeriod(until.id),
  });
}

function shownLines(words: Words, releases: readonly Release[], lines: readonly Line[]): Shown {
  return {
    columns: [{ title: words.t('column.period'), numeric: false }, ...lines.map(({ label }) => ({ title: label, numeric: true }))],
    rows: releases.map(({ id }, index) => ({
      key: id,
      cells: [words.shortPeriod(id), ...lines.map(({ counts }) => {
        const count = counts[index];
        return count === undefined ? words.t('unpublished') : cell(words, count);
      })],
    })),
    withheld: lines.some(({ counts }) => counts.includes(null)),
  };
}
