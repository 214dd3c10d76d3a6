// What a table shows, as rows: the screen and the CSV are both written from them, so that they cannot differ.

import { capital, wholeOf } from './finding.ts';
import { anyWithheld, categories, type Count, countAt, type Release, rowTotal, share, slices, type Table } from './release.ts';
import type { Value } from './sheet.ts';
import { category, type Words } from './words.ts';

export interface ShownColumn {
  title: string;
  numeric: boolean;
}

export interface ShownRow {
  key: string;
  cells: Value[];
}

export interface Shown {
  columns: ShownColumn[];
  rows: ShownRow[];
  withheld: boolean;
}

/** A count as it is written into a table: a number, or the word for a withheld one. */
export function cell(words: Words, count: Count): Value {
  return count ?? words.t('withheld');
}

/** One thing counted, along a dimension; the other dimensions of the table are held where they are given. */
export function oneWay(words: Words, release: Release, table: Table, along: string, held: Record<string, string> = {}): Shown {
  const whole = wholeOf(release, table, held);
  const all = slices(release, table, along, held);
  return {
    columns: [
      { title: heading(words, along), numeric: false },
      { title: words.t('column.count'), numeric: true },
      { title: words.t('column.share'), numeric: true },
    ],
    rows: all.map(({ category: code, count }) => {
      const part = share(count, whole);
      return { key: code, cells: [category(words, along, code), cell(words, count), part === undefined ? '' : words.percent(part)] };
    }),
    withheld: anyWithheld(all),
  };
}

/** Two things counted: a row for each category of the one, a column for each of the other, and the total of the row. */
export function twoWay(words: Words, release: Release, table: Table, rows: string, columns: string): Shown {
  const across = categories(release, table, columns);
  return {
    columns: [
      { title: heading(words, rows), numeric: false },
      ...across.map((code) => ({ title: category(words, columns, code), numeric: true })),
      { title: words.t('column.total'), numeric: true },
    ],
    rows: categories(release, table, rows).map((row) => ({
      key: row,
      cells: [
        category(words, rows, row),
        ...across.map((column) => cell(words, countAt(table, { [rows]: row, [columns]: column }))),
        cell(words, rowTotal(release, table, rows, row)),
      ],
    })),
    withheld: anyWithheld(table.cells),
  };
}

/** The rows of a shown table as a file: first the column that says of which release they are. */
export function fileRows(words: Words, release: string, shown: Shown): Value[][] {
  return [
    [words.t('column.period'), ...shown.columns.map(({ title }) => title)],
    ...shown.rows.map(({ cells }) => [words.shortPeriod(release), ...cells]),
  ];
}

function heading(words: Words, dimension: string): string {
  return capital(words.word('dimension', dimension));
}
