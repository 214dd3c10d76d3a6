// What a figure shows, said in one sentence: the title of the figure. A finding is made from published counts alone. What is withheld is
// never in it, neither as a number nor by comparison: a group is called the largest only where no withheld group can be larger.

import { categories, type Count, countAt, inOrder, largest, marginOf, type Release, rowTotal, share, type Slice, slices, sum, type Table, totalOf } from './release.ts';
import { category, subject, type Values, type Words } from './words.ts';

/** What a table tells that counts one thing; its other dimensions are held where they are given. */
export function groupFinding(words: Words, release: Release, table: Table, along: string, held: Record<string, string> = {}): string {
  return largestFinding(words, slices(release, table, along, held), wholeOf(release, table, held), tableTitle(words, table, along),
    (code) => subject(words, along, code));
}

/** How many people the slices of a table are parts of. */
export function wholeOf(release: Release, table: Table, held: Record<string, string>): Count {
  const [place] = Object.entries(held);
  return place ? marginOf(release, table, place[0], place[1]) : totalOf(release, table);
}

/** What a table tells that crosses two things. */
export function crossFinding(words: Words, release: Release, table: Table): string {
  const [one = '', other = ''] = table.dimensions;
  const cells = slices(release, table, one).flatMap(({ category: first }) => slices(release, table, other, { [one]: first })
    .map((slice) => ({ ...slice, category: `${first}/${slice.category}` })));
  const label = (code: string) => {
    const [first = '', second = ''] = code.split('/');
    return words.t('finding.both', { one: subject(words, one, first), other: category(words, other, second) });
  };
  return largestFinding(words, cells, totalOf(release, table), tableTitle(words, table), label);
}

function largestFinding(words: Words, all: readonly Slice[], whole: Count, title: string, label: (code: string) => string): string {
  const top = largest(all, whole);
  if (!top) return title;
  const { slice, certain } = top;
  const part = share(slice.count, whole);
  const key = `finding.${certain ? 'largest' : 'published'}${part === undefined ? '' : '.share'}`;
  return words.t(key, {
    group: certain ? capital(label(slice.category)) : label(slice.category), // it begins the one sentence and stands within the other
    count: words.number(slice.count),
    total: whole === null ? '' : words.number(whole),
    percent: part === undefined ? '' : words.percent(part),
  });
}

/** What a table is about, where nothing in it stands out. */
export function tableTitle(words: Words, table: Table, along?: string): string {
  const named = words.word('named', table.id);
  if (named !== table.id) return named; // two tables of one measure and one dimension
  const what = words.word('measure', table.measure);
  const [one = '', two = ''] = (along === undefined ? table.dimensions : [along]).map((dimension) => words.word('dimension', dimension));
  return words.t(two === '' ? 'table.by' : 'table.by.two', { what, one, two });
}

/** A sentence about the share of a part in a whole; undefined where it does not follow from published counts. */
export function shareFinding(words: Words, key: string, part: Count, whole: Count, values: Values = {}): string | undefined {
  const of = share(part, whole);
  if (of === undefined || part === null || whole === null) return undefined;
  return words.t(key, { ...values, count: words.number(part), total: words.number(whole), percent: words.percent(of) });
}

/** The share of one category of a table in all of it, such as that of people with a disability; what the table is about otherwise. */
export function partFinding(words: Words, release: Release, table: Table, along: string, code: string): string {
  const part = sum(slices(release, table, along).filter(({ category: each }) => each === code).map(({ count }) => count));
  return shareFinding(words, 'finding.part', part, totalOf(release, table), { part: capital(subject(words, along, code)) })
    ?? tableTitle(words, table);
}

/** Between which shares the first category of the columns varies from row to row; where a share is not published, of the others only. */
export function rangeFinding(words: Words, release: Release, table: Table, rows: string, columns: string): string {
  const [first] = categories(release, table, columns);
  const every = categories(release, table, rows);
  const shares = every.flatMap((row) => {
    const of = first === undefined ? undefined : share(countAt(table, { [rows]: row, [columns]: first }), rowTotal(release, table, rows, row));
    return of === undefined ? [] : [{ row, of }];
  }).sort((a, b) => a.of - b.of);
  const [least, most] = [shares[0], shares.at(-1)];
  if (first === undefined || !least || !most || least.of === most.of) return tableTitle(words, table);
  return words.t(shares.length === every.length ? 'finding.range' : 'finding.published.range', {
    part: category(words, columns, first), least: words.percent(least.of), low: category(words, rows, least.row),
    most: words.percent(most.of), high: category(words, rows, most.row),
  });
}

/** How the last of several releases compares with the one before it. */
export function trendFinding(words: Words, releases: readonly Release[]): string {
  const [last, before] = inOrder(releases).reverse();
  if (!last || last.total === null) return words.t('finding.none');
  const count = words.number(last.total);
  const period = words.period(last.id);
  if (!before || before.total === null) return words.t('finding.total', { count, period });
  const change = last.total - before.total;
  const key = change === 0 ? 'finding.same' : change > 0 ? 'finding.more' : 'finding.fewer';
  return words.t(key, { count, period, change: words.number(Math.abs(change)), before: words.period(before.id) });
}

/** A text that begins a sentence or stands alone. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

