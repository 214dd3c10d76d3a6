// Titles that say what a figure shows, from published counts and from nothing else.

import { describe, expect, test } from 'vitest';

import { crossFinding, groupFinding, partFinding, rangeFinding, trendFinding } from '../../../src/committee/finding.ts';
import { type Release, type Table, tableOf } from '../../../src/committee/release.ts';
import { daysFinding, reached, stepFinding } from '../../../src/committee/steps.ts';
import { fullRelease, oneWay, release, twoWay } from '../../support/releases.ts';
import { inEnglish, inThai } from './words.ts';

const full = fullRelease();

function table(id: string, of: Release = full): Table {
  const found = tableOf(of, id);
  if (!found) throw new Error(`no table ${id}`);
  return found;
}

describe('the largest group', () => {
  test('is named with its share in English', () => {
    expect(groupFinding(inEnglish, full, table('sex'), 'sex')).toBe('Women and girls are the largest group: 128 of 231 (55%)');
  });

  test('is named with its share in Thai', () => {
    expect(groupFinding(inThai, full, table('sex'), 'sex')).toBe('ผู้หญิงและเด็กหญิงเป็นกลุ่มที่มีมากที่สุด: 128 จาก 231 (55%)');
  });

  test('is certain where all withheld ones together are smaller', () => {
    expect(groupFinding(inEnglish, full, table('age'), 'age')).toContain('are the largest group');
  });

  test('is only the largest of the published ones where a withheld one may be larger', () => {
    const sex = oneWay('sex', 'identified', 'sex', [80, null, null]);
    expect(groupFinding(inEnglish, release([sex]), sex, 'sex')).toBe('Of the groups that can be published, women and girls are the largest: 80 of 231 (35%)');
  });

  test('has no share where the whole is withheld', () => {
    const sex = oneWay('sex', 'identified', 'sex', [128, 89, null]);
    const of = release([sex], { total: null });
    expect(groupFinding(inEnglish, of, sex, 'sex')).not.toContain('%');
    expect(groupFinding(inEnglish, of, sex, 'sex')).toContain('Of the groups that can be published');
  });

  test('is none where two are alike', () => {
    const sex = oneWay('sex', 'identified', 'sex', [100, 100, 31]);
    expect(groupFinding(inEnglish, release([sex]), sex, 'sex')).toBe('People identified as victims, by sex');
  });

  test('of two things is named by both', () => {
    expect(crossFinding(inEnglish, full, table('sex.age'))).toBe('Women and girls, 18 to 29 years, are the largest group: 64 of 231 (28%)');
  });
});

describe('nothing withheld gets into a title', () => {
  // Whatever stands behind a withheld count, the title is the same: it is made without it.
  test('nothing can be said where all is withheld', () => {
    const sex = oneWay('sex', 'identified', 'sex', [null, null, null]);
    expect(groupFinding(inEnglish, release([sex]), sex, 'sex')).toBe('People identified as victims, by sex');
    expect(crossFinding(inThai, release([]), twoWay('sex.age', 'identified', ['sex', 'age'], [[null], [null], [null]]))).not.toMatch(/\d/);
  });

  test('a share needs its part', () => {
    const wgss = oneWay('wgss', 'identified', 'disability', [null, 190, null]);
    expect(partFinding(inEnglish, release([wgss]), wgss, 'disability', 'yes')).toBe('People identified as victims, by disability');
  });

  test('steps need the counts they are summed from', () => {
    const funnel = oneWay('funnel', 'met', 'step', [39, null, 110, 114, null, 186]);
    expect(stepFinding(inEnglish, release([funnel]), funnel)).toBe('People met, by step reached');
    expect(reached(release([funnel]), funnel).map(({ count }) => count)).toEqual([520, null, null, null, 186]);
  });
});

describe('shares that vary', () => {
  test('are told from the least to the most', () => {
    const every = twoWay('agencies.result', 'screened', ['sex', 'result'], [[40, 60, 0], [30, 10, 0], [10, 10, 0]]);
    expect(rangeFinding(inEnglish, release([every]), every, 'sex', 'result')).toBe('Reasonable grounds: from 40% (Female) to 75% (Male)');
  });

  test('are said to be those that can be published, where one is withheld that may be beyond', () => {
    expect(rangeFinding(inEnglish, full, table('agencies.result'), 'agency', 'result'))
      .toBe('Reasonable grounds, as far as it can be published: from 53% (Immigration) to 73% (Non-governmental organisations)');
    expect(rangeFinding(inThai, full, table('agencies.result'), 'agency', 'result')).toContain('เท่าที่เผยแพร่ได้');
  });
});

describe('steps and days', () => {
  test('count everybody who went further', () => {
    expect(reached(full, table('funnel')).map(({ count }) => count)).toEqual([520, 455, 345, 231, 186]);
    expect(stepFinding(inEnglish, full, table('funnel'))).toBe('Of 520 people who were met, 231 were identified as victims (44%)');
  });

  test('take what the others leave of the whole where one is withheld', () => {
    const funnel = oneWay('funnel', 'met', 'step', [39, 26, 110, 114, null, 186]);
    expect(reached(release([funnel]), funnel).map(({ count }) => count)).toEqual([520, 455, 345, 231, 186]);
  });

  test('tell the share within the limit', () => {
    expect(daysFinding(inEnglish, full, table('time_in_stage.identification'), 'finding.within', 15)).toBe('77% of decisions took 15 days or less: 240 of 312');
    expect(daysFinding(inThai, full, table('time_in_stage.identification'), 'finding.within', 15)).toBe('การวินิจฉัย 77% ใช้เวลาไม่เกิน 15 วัน: 240 จาก 312');
  });
});

describe('the trend', () => {
  const before = release([], { id: '2025-H2', total: 213 });

  test('compares the last period with the one before', () => {
    expect(trendFinding(inEnglish, [full, before])).toBe('231 people were identified in January to June 2026, 18 more than in July to December 2025');
    expect(trendFinding(inThai, [before, full])).toContain('2569');
  });

  test('compares with nothing that is withheld', () => {
    expect(trendFinding(inEnglish, [full, release([], { id: '2025-H2', total: null })])).toBe('231 people were identified in January to June 2026');
    expect(trendFinding(inEnglish, [before, release([], { total: null })])).toBe('No count here can be published');
  });
});

describe('shares', () => {
  test('are 0 % of nothing only, and 100 % of everything only', () => {
    expect(inEnglish.percent(0)).toBe('0%');
    expect(inEnglish.percent(1)).toBe('100%');
    expect(inEnglish.percent(1 / 1000)).toBe('less than 1%');
    expect(inEnglish.percent(999 / 1000)).toBe('more than 99%');
  });
});
