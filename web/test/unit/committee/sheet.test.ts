// The CSV of a figure: what the table shows, and nothing that a spreadsheet would run.

import { describe, expect, test } from 'vitest';

import { tableOf } from '../../../src/committee/release.ts';
import { csv } from '../../../src/committee/sheet.ts';
import { fileRows, oneWay, twoWay } from '../../../src/committee/shown.ts';
import { fullRelease, twoWay as crossed } from '../../support/releases.ts';
import { inEnglish, inThai } from './words.ts';

const full = fullRelease();

function table(id: string, of = full) {
  const found = tableOf(of, id);
  if (!found) throw new Error(`no table ${id}`);
  return found;
}

describe('what is shown', () => {
  test('is what the file has, withheld counts as the word', () => {
    const shown = oneWay(inEnglish, full, table('age'), 'age');
    expect(csv(fileRows(inEnglish, full.id, shown))).toBe([
      '\uFEFFPeriod,Age group,Number,Share', 'H1 2026,0 to 17 years,41,18%', 'H1 2026,18 to 29 years,118,51%', 'H1 2026,30 years and over,60,26%',
      'H1 2026,Not known,withheld,', '',
    ].join('\r\n'));
  });

  test('is so in Thai, with Buddhist years', () => {
    const shown = oneWay(inThai, full, table('age'), 'age');
    expect(csv(fileRows(inThai, full.id, shown))).toContain('ครึ่งแรก 2569,0–17 ปี,41,18%');
  });

  test('has a share only where part and whole are published', () => {
    const shown = oneWay(inEnglish, full, table('sex.region'), 'sex', { region: 'west' });
    expect(shown.rows.map(({ cells }) => cells)).toEqual([['Female', 'withheld', ''], ['Male', 'withheld', ''], ['Not stated', 'withheld', '']]);
    expect(oneWay(inEnglish, full, table('sex.region'), 'sex', { region: 'north' }).rows[0]?.cells).toEqual(['Female', 43, '58%']);
  });

  test('of two things has the totals that are published', () => {
    const shown = twoWay(inEnglish, full, table('sex.age'), 'sex', 'age');
    expect(shown.columns.map(({ title }) => title)).toEqual(['Sex', '0 to 17 years', '18 to 29 years', '30 years and over', 'Not known', 'Total']);
    expect(shown.rows[1]?.cells).toEqual(['Male', 'withheld', 46, 24, 'withheld', 89]);
  });

  test('of two things has the sum of a row as its total where that is withheld, as the chart has', () => {
    const counts = { ...full, tables: [crossed('agencies.disputed', 'screened', ['sex', 'disputed'], [[20, 34], [12, 40], [11, null]])] };
    const shown = twoWay(inEnglish, counts, table('agencies.disputed', counts), 'sex', 'disputed');
    expect(shown.rows.map(({ cells }) => cells.at(-1))).toEqual([54, 52, 'withheld']);
  });

  test('is marked as withheld where a count is', () => {
    expect(oneWay(inEnglish, full, table('sex'), 'sex').withheld).toBe(false);
    expect(oneWay(inEnglish, full, table('age'), 'age').withheld).toBe(true);
  });
});

describe('a file', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|cmd'])('has no formula: %j', (text) => {
    const [line = ''] = csv([[text]]).slice(1).split('\r\n');
    expect(line.replace(/^"/, '').startsWith("'")).toBe(true);
  });

  test('keeps numbers as numbers', () => {
    expect(csv([[-1, 12]])).toBe('\uFEFF-1,12\r\n');
  });

  test('quotes what has commas, quotes and line breaks', () => {
    expect(csv([['a,b', 'say "no"', 'two\nlines']])).toBe('\uFEFF"a,b","say ""no""","two\nlines"\r\n');
  });
});
