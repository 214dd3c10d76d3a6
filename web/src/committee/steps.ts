// How far people came and how long it took: counts of those who reached a step or went further, and of those for whom something took no
// more than so many days. Both are sums of published counts; where one is missing that the sum needs, the sum is withheld.

import { shareFinding, tableTitle } from './finding.ts';
import { type Count, type Release, share, type Slice, slices, sum, type Table, tableOf, totalOf, upTo } from './release.ts';
import type { Shown } from './shown.ts';
import { cell } from './shown.ts';
import { category, subject, type Words } from './words.ts';

const stoppedBefore = 'refused'; // stands at no step: an adult who was met and refused to be screened

/** How many reached each step or went further. Everybody who is counted was met. */
export function reached(release: Release, funnel: Table): Slice[] {
  const all = slices(release, funnel, 'step');
  const whole = totalOf(release, funnel);
  return all.map((slice, index) => ({ slice, index })).filter(({ slice }) => slice.category !== stoppedBefore).map(({ slice, index }, step) => ({
    category: slice.category,
    count: step === 0 ? whole ?? sum(all.map(({ count }) => count)) : rest(all, index, whole),
  }));
}

function rest(all: readonly Slice[], from: number, whole: Count): Count {
  const reverse = [...all].reverse();
  return upTo(reverse, all.length - from, whole);
}

/** What the steps tell: how many of the people met were identified. */
export function stepFinding(words: Words, release: Release, funnel: Table): string {
  const steps = reached(release, funnel);
  const at = (code: string) => steps.find((slice) => slice.category === code)?.count ?? null;
  return shareFinding(words, 'finding.step', at('identified'), at('met'), { from: subject(words, 'step', 'met'), to: subject(words, 'step', 'identified') })
    ?? tableTitle(words, funnel);
}

/** The share of the people met who were identified, where it follows from published counts. */
export function identifiedShare(release: Release): number | undefined {
  const funnel = tableOf(release, 'funnel');
  if (!funnel) return undefined;
  const steps = reached(release, funnel);
  const at = (code: string) => steps.find((slice) => slice.category === code)?.count ?? null;
  return share(at('identified'), at('met'));
}

/** The steps as rows: who reached each, the share of those met, and who stands there. */
export function shownSteps(words: Words, release: Release, funnel: Table): Shown {
  const here = new Map(slices(release, funnel, 'step').map(({ category: code, count }) => [code, count]));
  const steps = reached(release, funnel);
  const whole = steps[0]?.count ?? null;
  const standing = [...here].map(([code, count]) => {
    const got = steps.find((step) => step.category === code);
    const part = got && share(got.count, whole);
    return {
      key: code,
      cells: [category(words, 'step', code), got ? cell(words, got.count) : '', part === undefined ? '' : words.percent(part), cell(words, count)],
    };
  });
  return {
    columns: [
      { title: words.word('dimension', 'step'), numeric: false }, { title: words.t('flow.reached'), numeric: true },
      { title: words.t('flow.share'), numeric: true }, { title: words.t('flow.stopped'), numeric: true },
    ],
    rows: standing,
    withheld: [...here.values(), ...steps.map(({ count }) => count)].includes(null),
  };
}

/** How many took no more than so many days, where bands of days end there. */
export function withinDays(release: Release, table: Table, days: number): Count {
  const all = slices(release, table, 'days');
  const bands = all.filter(({ category: band }) => Number(/-(\d+)$/.exec(band)?.[1] ?? Infinity) <= days);
  return upTo(all, bands.length, totalOf(release, table));
}

/** What the days tell: the share that took no more than so many. */
export function daysFinding(words: Words, release: Release, table: Table, key: string, days: number): string {
  return shareFinding(words, key, withinDays(release, table, days), totalOf(release, table), { days: words.number(days) })
    ?? tableTitle(words, table);
}
