// The arithmetic of the charts: a withheld count is a gap, never a zero.

import { describe, expect, test } from 'vitest';

import { runs, shownPeriods } from '../../../src/committee/charts/Lines.tsx';
import { axis, classes, classOf, lines, spread } from '../../../src/committee/charts/scale.ts';
import { segments } from '../../../src/committee/charts/Stack.tsx';
import { largest, largestFirst, marginOf, share, upTo } from '../../../src/committee/release.ts';
import { fullRelease } from '../../support/releases.ts';

describe('lines', () => {
  test('break where a count is withheld or missing', () => {
    expect(runs([3, null, 5, 7, undefined, 9])).toEqual([[{ at: 0, count: 3 }], [{ at: 2, count: 5 }, { at: 3, count: 7 }], [{ at: 5, count: 9 }]]);
  });

  test('go through a zero that is published', () => {
    expect(runs([3, 0, 5])).toHaveLength(1);
  });

  test('keep the words at their ends apart and inside', () => {
    const places = spread([{ at: 10, room: 20 }, { at: 12, room: 20 }, { at: 95, room: 20 }], 100);
    const [a = 0, b = 0, c = 0] = places;
    expect(b - a).toBeGreaterThanOrEqual(20);
    expect(c).toBeLessThanOrEqual(90);
    expect(a).toBeGreaterThanOrEqual(10);
  });

  test('name the last period always', () => {
    expect(shownPeriods(7, 3)).toEqual([0, 3, 6]);
    expect(shownPeriods(1, 3)).toEqual([0]);
  });
});

describe('scales', () => {
  test('end at a round number with whole ticks', () => {
    expect(axis(231)).toEqual({ end: 250, ticks: [0, 50, 100, 150, 200, 250] });
    expect(axis(3).ticks.every(Number.isInteger)).toBe(true);
  });

  test('have at most five classes, and each count is in one', () => {
    for (const most of [1, 5, 11, 74, 231, 1999]) {
      const all = classes([0, most]);
      expect(all.length).toBeLessThanOrEqual(5);
      expect(classOf(all, 0)).toBe(0);
      expect(classOf(all, most)).toBe(all.length - 1);
    }
  });

  test('break texts where their language may', () => {
    expect(lines('Other or several forms', 12, 'en')).toEqual(['Other or', 'several', 'forms']);
    expect(lines('ภาคตะวันออกเฉียงเหนือ', 14, 'th').length).toBeGreaterThan(1);
  });
});

describe('divided bars', () => {
  test('show what is left of a whole as one withheld part', () => {
    expect(segments(100, [60, null, null])).toEqual([{ part: 0, from: 0, width: 60 }, { part: null, from: 60, width: 40 }]);
  });

  test('have no withheld part where nothing is withheld', () => {
    expect(segments(100, [60, 40, 0]).map(({ part }) => part)).toEqual([0, 1]);
  });
});

describe('what follows from published counts', () => {
  test('no share of or in something withheld, nor of nothing', () => {
    expect([share(null, 10), share(5, null), share(0, 0), share(5, 10)]).toEqual([undefined, undefined, undefined, 0.5]);
  });

  test('a largest group only where there is one', () => {
    expect(largest([{ category: 'a', count: null }], 10)).toBeUndefined();
    expect(largest([{ category: 'a', count: 0 }], 10)).toBeUndefined();
  });

  test('a sum up to somewhere from either end', () => {
    const all = [{ category: 'a', count: 3 }, { category: 'b', count: null }, { category: 'c', count: 4 }];
    expect([upTo(all, 1, null), upTo(all, 2, 20), upTo(all, 2, null), upTo(all, 3, 20)]).toEqual([3, 16, null, 20]);
  });

  test('the total of a row from the table of one thing', () => {
    const full = fullRelease();
    const [crossed] = full.tables.filter(({ id }) => id === 'sex.age');
    if (!crossed) throw new Error('no table');
    expect(marginOf(full, crossed, 'sex', 'male')).toBe(89);
  });
});

describe('bars beside a map', () => {
  test('are sorted, withheld ones behind, what is not known last', () => {
    const order = largestFirst([{ category: 'a', count: 1 }, { category: 'unknown', count: 9 }, { category: 'b', count: null }, { category: 'c', count: 4 }]);
    expect(order.map(({ category }) => category)).toEqual(['c', 'a', 'b', 'unknown']);
  });
});
