// The services of the people identified: a release has a table for each kind of service, here they stand beneath each other.

import { Stack } from './charts/Stack.tsx';
import { capital, shareFinding } from './finding.ts';
import { ShownFigure, Unpublished } from './parts.tsx';
import { anyWithheld, type Count, type Release, type Slice, slices, sum, type Table, totalOf } from './release.ts';
import { cell, type Shown } from './shown.ts';
import { category, type Words } from './words.ts';

interface Kind {
  dimension: string; // such as service_shelter
  table: Table;
  slices: Slice[];
}

function kindsOf(release: Release): Kind[] {
  return release.tables.filter(({ id }) => id.startsWith('services.')).flatMap((table) => {
    const [dimension] = table.dimensions;
    return dimension === undefined ? [] : [{ dimension, table, slices: slices(release, table, dimension) }];
  });
}

/** What was asked for of each kind of service, and what was given. */
export function ServicesFigure({ words, release }: { words: Words; release: Release }) {
  const kinds = kindsOf(release);
  const [first] = kinds;
  if (!first) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  const parts = [...first.slices.map(({ category: code }) => code).filter((code) => code !== 'not_asked'), 'not_asked'];
  const counts = (kind: Kind) => parts.map((code) => kind.slices.find((slice) => slice.category === code)?.count ?? null);
  const total = totalOf(release, first.table);
  return (
    <ShownFigure
      words={words} release={release} name="services" finding={servicesFinding(words, release, kinds)}
      shown={shownServices(words, kinds, parts, counts, total)} note={words.t('services.note')}
    >
      <Stack
        parts={parts.map((code) => ({ key: code, label: category(words, 'service', code) }))} percent={words.percent}
        wholes={kinds.map((kind) => ({
          key: kind.dimension, label: capital(words.word('dimension', kind.dimension)), counts: counts(kind), total,
          written: total === null ? words.t('withheld') : words.number(total),
        }))}
      />
    </ShownFigure>
  );
}

function shownServices(words: Words, kinds: readonly Kind[], parts: readonly string[], counts: (kind: Kind) => Count[], total: Count): Shown {
  return {
    columns: [
      { title: capital(words.word('dimension', 'service')), numeric: false },
      ...parts.map((code) => ({ title: category(words, 'service', code), numeric: true })),
      { title: words.t('column.total'), numeric: true },
    ],
    rows: kinds.map((kind) => ({
      key: kind.dimension,
      cells: [capital(words.word('dimension', kind.dimension)), ...counts(kind).map((count) => cell(words, count)), cell(words, total)],
    })),
    withheld: kinds.some((kind) => anyWithheld(kind.slices)),
  };
}

/** Of the service that was asked for most often, how many of those were given it; what the tables are about otherwise. */
export function servicesFinding(words: Words, release: Release, kinds: readonly Kind[]): string {
  const asked = kinds.map((kind) => ({ kind, count: askedFor(release, kind) })).filter((each): each is { kind: Kind; count: number } => each.count !== null);
  const [most] = asked.sort((a, b) => b.count - a.count);
  const given = most?.kind.slices.find(({ category: code }) => code === 'delivered')?.count ?? null;
  const group = most && capital(words.word('dimension', most.kind.dimension));
  const found = most && group && shareFinding(words, 'finding.delivered', given, most.count, { group });
  return found ?? words.word('measure', 'services');
}

function askedFor(release: Release, kind: Kind): Count {
  const total = totalOf(release, kind.table);
  const not = kind.slices.find(({ category: code }) => code === 'not_asked')?.count ?? null;
  if (total !== null && not !== null) return total - not;
  return sum(kind.slices.filter(({ category: code }) => code !== 'not_asked').map(({ count }) => count));
}
