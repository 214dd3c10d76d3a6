// Dates, as people write and read them here.

import { beforeAll, describe, expect, test } from 'vitest';

import { dateFrom, dateTime, dueTime, fullDateTime, fullDueTime, momentFrom, partsOfMoment, remaining, span } from '../../src/lib/dates.ts';
import { language, loadTexts } from '../../src/lib/i18n.ts';

beforeAll(async () => {
  await loadTexts('common');
  language.value = 'en';
  await loadTexts('common');
});

describe('a written moment', () => {
  test.each([
    ['a Buddhist year', ['23', '11', '2569', '14:05'], '2026-11-23T07:05:00.000Z'],
    ['a common year', ['23', '11', '2026', '14.05'], '2026-11-23T07:05:00.000Z'],
    ['Thai digits', ['๒๓', '๑๑', '๒๕๖๙', '๑๔:๐๕'], '2026-11-23T07:05:00.000Z'],
    ['Burmese digits', ['၁', '၂', '၂၀၂၆', '၀၀:၀၀'], '2026-01-31T17:00:00.000Z'],
    ['Khmer and Lao digits', ['១', '໒', '2026', '00:00'], '2026-01-31T17:00:00.000Z'],
    ['a day that there is not', ['31', '2', '2569', '10:00'], null],
    ['the 29th of February of a common year', ['29', '2', '2026', '10:00'], null],
    ['the 29th of February of a leap year of the Buddhist era', ['29', '2', '2571', '10:00'], '2028-02-29T03:00:00.000Z'],
    ['a time that there is not', ['1', '2', '2569', '24:00'], null],
    ['words', ['one', '2', '2569', '10:00'], null],
    ['nothing', ['', '', '', ''], null],
  ])('is read from %s', (_, [day = '', month = '', year = '', time = ''], wanted) => {
    expect(momentFrom({ day, month, year, time })).toBe(wanted);
  });

  test('comes back as it was written, in the years of the language', () => {
    for (const tag of ['th', 'en'] as const) {
      language.value = tag;
      const written = partsOfMoment('2026-11-23T18:30:00.000Z'); // after midnight in Thailand
      expect(written).toEqual({ day: '24', month: '11', year: tag === 'th' ? '2569' : '2026', time: '01:30' });
      expect(momentFrom(written)).toBe('2026-11-23T18:30:00.000Z');
    }
  });
});

test('a date may be before 1970, and not before 1900', () => {
  expect(dateFrom({ day: '17', month: '5', year: '2483' })).toBe('1940-05-17');
  expect(dateFrom({ day: '17', month: '5', year: '1899' })).toBeNull();
});

test('a moment is shown in the time and the years of Thailand', () => {
  language.value = 'th';
  expect(dateTime('2026-11-23T07:05:00Z')).toBe('23 พ.ย. 2569 14:05');
  language.value = 'en';
  expect(dateTime('2026-11-23T07:05:00Z')).toBe('23 Nov 2026, 14:05');
  expect(fullDateTime('2026-11-23T07:05:00Z')).toMatch(/2569.*\(2026\).*14:05/);
});

test('a due date at midnight is the end of the day before', () => {
  language.value = 'th';
  expect(dueTime('2026-12-31T17:00:00Z')).toBe('31 ธ.ค. 2569 24:00');
  language.value = 'en';
  expect(dueTime('2026-12-31T17:00:00Z')).toBe('31 Dec 2026, 24:00');
  expect(fullDueTime('2026-12-31T17:00:00Z')).toMatch(/^31 December 2569.*\(2026\).*24:00/);
  expect(dueTime('2026-12-31T17:01:00Z')).toBe('1 Jan 2027, 00:01');
  expect(dueTime('2026-12-31T16:59:00Z')).toBe('31 Dec 2026, 23:59');
});

test('what is near is counted to the second, what is far in days', () => {
  language.value = 'en';
  const moment = Date.parse('2026-11-23T07:00:00Z');
  expect(remaining('2026-11-23T08:00:01Z', moment)).toEqual({ overdue: false, text: 'in 01:00:01' });
  expect(remaining('2026-11-26T08:00:00Z', moment)).toEqual({ overdue: false, text: 'in 3 days' });
  expect(remaining('2026-11-23T06:59:59Z', moment)).toEqual({ overdue: true, text: 'Overdue by 00:00:01' });
  expect(span(-90_061_000)).toBe('1 day 01:01:01');
});
