// The figures of the tables of a release, by how many things a table crosses. They know no table by name: what a release has is what is
// shown, and what it does not have is said to be not published.

import { type Bar, Bars } from './charts/Bars.tsx';
import { Groups } from './charts/Groups.tsx';
import { Stack } from './charts/Stack.tsx';
import { crossFinding, groupFinding, rangeFinding, wholeOf } from './finding.ts';
import { ShownFigure, Unpublished } from './parts.tsx';
import { categories, type Count, countAt, type Release, rowTotal, share, slices, type Table, tableOf } from './release.ts';
import { cell, oneWay, twoWay } from './shown.ts';
import { category, type Words } from './words.ts';

interface TableFigureProps {
  words: Words;
  release: Release;
  /** Its name in the release. */
  id: string;
  /** The finding, where it is another than the one that is made from the table's kind. */
  finding?: string;
  note?: string;
}

/** The figure of a table of one dimension or two; that it is not published, where it is not. */
export function TableFigure({ words, release, id, finding, note }: TableFigureProps) {
  const table = tableOf(release, id);
  if (!table) return null;
  const [first = '', second] = table.dimensions;
  if (second === undefined) return <OneWayFigure words={words} release={release} table={table} along={first} finding={finding} note={note} />;
  return <TwoWayFigure words={words} release={release} table={table} rows={first} columns={second} finding={finding} note={note} />;
}

interface OneWayProps {
  words: Words;
  release: Release;
  table: Table;
  along: string;
  /** The categories at which the table's other dimensions are held. */
  held?: Record<string, string>;
  finding?: string;
  note?: string;
}

/** Bars of one thing. */
export function OneWayFigure({ words, release, table, along, held = {}, finding, note }: OneWayProps) {
  const all = slices(release, table, along, held);
  const whole = wholeOf(release, table, held);
  return (
    <ShownFigure
      words={words} release={release} name={[table.id, ...Object.values(held)].join('.')} note={note}
      finding={finding ?? groupFinding(words, release, table, along, held)} shown={oneWay(words, release, table, along, held)}
    >
      <Bars bars={all.map(({ category: code, count }) => bar(words, along, code, count, whole))} most={mostOf(all.map(({ count }) => count))} />
    </ShownFigure>
  );
}

/** One bar, as it is written. */
export function bar(words: Words, dimension: string, code: string, count: Count, whole: Count): Bar {
  const part = share(count, whole);
  return {
    key: code, label: category(words, dimension, code), count,
    written: count === null ? words.t('withheld') : words.number(count),
    ...(part !== undefined && { share: words.percent(part) }),
  };
}

/** The largest published count. */
export function mostOf(counts: readonly Count[]): number {
  return Math.max(0, ...counts.filter((count) => count !== null));
}

interface TwoWayProps {
  words: Words;
  release: Release;
  table: Table;
  rows: string;
  columns: string;
  finding?: string;
  note?: string;
}

/** Groups of bars: a group for each category of the rows' dimension. */
export function TwoWayFigure({ words, release, table, rows, columns, finding, note }: TwoWayProps) {
  const across = categories(release, table, columns);
  const groups = categories(release, table, rows).map((row) => {
    const whole = rowTotal(release, table, rows, row);
    return {
      key: row, label: category(words, rows, row), total: String(cell(words, whole)),
      bars: across.map((column) => bar(words, columns, column, countAt(table, { [rows]: row, [columns]: column }), whole)),
    };
  });
  return (
    <ShownFigure
      words={words} release={release} name={table.id} note={note}
      finding={finding ?? crossFinding(words, release, table)} shown={twoWay(words, release, table, rows, columns)}
    >
      <Groups groups={groups} most={mostOf(table.cells.map(({ count }) => count))} allWithheld={words.t('withheld.all')} />
    </ShownFigure>
  );
}

/** Divided bars: for each category of the rows' dimension, how much of it each part has. The finding is how the share of the first part varies. */
export function StackFigure({ words, release, table, rows, columns, finding, note }: TwoWayProps) {
  const across = categories(release, table, columns);
  const wholes = categories(release, table, rows).map((row) => {
    const counts = across.map((column) => countAt(table, { [rows]: row, [columns]: column }));
    const total = rowTotal(release, table, rows, row);
    return { key: row, label: category(words, rows, row), total, written: total === null ? words.t('withheld') : words.number(total), counts };
  });
  const parts = across.map((code) => ({ key: code, label: category(words, columns, code) }));
  return (
    <ShownFigure
      words={words} release={release} name={table.id} note={note}
      finding={finding ?? rangeFinding(words, release, table, rows, columns)} shown={twoWay(words, release, table, rows, columns)}
    >
      <Stack parts={parts} wholes={wholes} percent={words.percent} />
    </ShownFigure>
  );
}

/** The figures of all tables of some kind, or that none of them is published. */
export function Figures({ words, release, ids }: { words: Words; release: Release; ids: readonly string[] }) {
  const published = ids.filter((id) => tableOf(release, id) !== undefined);
  if (published.length === 0) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  return <>{published.map((id) => <TableFigure key={id} words={words} release={release} id={id} />)}</>;
}

