// A release as its readers use it: which counts it holds, which it withholds, and what may be worked out from those that are published.
// Everything that the committee's pages show goes through here, so that no page can take a withheld count for a zero.

import type { Schemas } from '../lib/api.ts';

export type Release = Schemas['Release'];
export type Table = Schemas['ReleaseTable'];

/** A count of a release. null is withheld, which is never zero. */
export type Count = Schemas['Count'];

/** One category of a one-way table, or of one row of a two-way table. */
export interface Slice {
  category: string;
  count: Count;
}

/** The table of that name, or undefined where the release has none. */
export function tableOf(release: Release, id: string): Table | undefined {
  return release.tables.find((table) => table.id === id);
}

/** The two-way table of two dimensions of a universe, in whichever order it was published. */
export function crossing(release: Release, universe: string, one: string, other: string): Table | undefined {
  return release.tables.find((table) => table.universe === universe && table.dimensions.length === 2
    && table.dimensions.includes(one) && table.dimensions.includes(other));
}

/** The categories of a dimension that a table shows, in the order of the release. */
export function categories(release: Release, table: Table, dimension: string): string[] {
  const shown = new Set(table.cells.map((cell) => cell.at[dimension]));
  const listed = release.dimensions.find(({ id }) => id === dimension)?.categories.map(({ id }) => id) ?? [];
  const known = listed.filter((id) => shown.has(id));
  const others = [...shown].filter((id): id is string => id !== undefined && !listed.includes(id));
  return [...known, ...others];
}

/** The count at a place of a table. A place that the table does not have is withheld as well: nothing is said of it. */
export function countAt(table: Table, at: Record<string, string>): Count {
  const cell = table.cells.find((each) => table.dimensions.every((dimension) => each.at[dimension] === at[dimension]));
  return cell?.count ?? null;
}

/** The slices of a table along one dimension, where its other dimensions are held at the given categories. */
export function slices(release: Release, table: Table, along: string, held: Record<string, string> = {}): Slice[] {
  return categories(release, table, along).map((category) => ({
    category,
    count: countAt(table, { ...held, [along]: category }),
  }));
}

/** How many there are in a table's universe, where that is published. */
export function totalOf(release: Release, table: Table): Count {
  const universe = release.universes.find(({ id }) => id === table.universe);
  return universe ? universe.total : null;
}

/** The count of one category where a one-way table of the same universe publishes it: the total of a row. */
export function marginOf(release: Release, table: Table, dimension: string, category: string): Count {
  const margin = release.tables.find((each) => each.universe === table.universe && each.dimensions.length === 1 && each.dimensions[0] === dimension);
  return margin ? countAt(margin, { [dimension]: category }) : null;
}

/** The total of a row of a two-way table: where it is published, and otherwise where all counts of the row are, of which it is the sum. */
export function rowTotal(release: Release, table: Table, dimension: string, category: string): Count {
  return marginOf(release, table, dimension, category) ?? sum(table.cells.filter(({ at }) => at[dimension] === category).map(({ count }) => count));
}

/** Whether any count of these is withheld. */
export function anyWithheld(all: readonly { count: Count }[]): boolean {
  return all.some(({ count }) => count === null);
}

/** The share of a part in a whole, from published counts alone; undefined where one of them is withheld or the whole is empty. */
export function share(part: Count, whole: Count): number | undefined {
  return part === null || whole === null || whole === 0 ? undefined : part / whole;
}

/** The slice with the most people among the published ones, and whether it is certain that no withheld one has more. */
export function largest(all: readonly Slice[], whole: Count): { slice: Slice & { count: number }; certain: boolean } | undefined {
  const published = all.filter((slice): slice is Slice & { count: number } => slice.count !== null);
  const [first, ...rest] = [...published].sort((a, b) => b.count - a.count);
  if (!first || first.count === 0) return undefined;
  const tied = rest[0]?.count === first.count;
  if (tied) return undefined;
  if (!anyWithheld(all)) return { slice: first, certain: true };
  const counted = published.reduce((sum, { count }) => sum + count, 0);
  return { slice: first, certain: whole !== null && whole - counted < first.count };
}

/** The sum of counts; withheld where one of them is. */
export function sum(counts: readonly Count[]): Count {
  return counts.reduce<Count>((total, count) => (total === null || count === null ? null : total + count), 0);
}

/**
 * How many are in the first so many of slices that follow each other: the sum of these, or what the others leave of the whole. Withheld
 * where neither follows from what is published.
 */
export function upTo(all: readonly Slice[], length: number, whole: Count): Count {
  const within = sum(all.slice(0, length).map(({ count }) => count));
  if (within !== null) return within;
  const beyond = sum(all.slice(length).map(({ count }) => count));
  return whole === null || beyond === null ? null : whole - beyond;
}

/** The largest first, the withheld ones last; what is not known stays at the end of either. */
export function largestFirst(all: readonly Slice[]): Slice[] {
  const rank = ({ category, count }: Slice) => (category === 'unknown' ? 2 : count === null ? 1 : 0);
  return [...all].sort((a, b) => rank(a) - rank(b) || (b.count ?? 0) - (a.count ?? 0));
}

/** The releases by period, the oldest first. */
export function inOrder(releases: readonly Release[]): Release[] {
  return [...releases].sort((a, b) => a.id.localeCompare(b.id));
}
