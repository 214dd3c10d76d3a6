// Releases as the service publishes them, made up: for the tests of the committee's pages.

import type { Count, Release, Table } from '../../src/committee/release.ts';

const dimensions: Record<string, string[]> = {
  sex: ['female', 'male', 'not_stated'],
  age: ['0-17', '18-29', '30+', 'unknown'],
  nationality: ['thai', 'myanmar', 'cambodia', 'laos', 'other', 'unknown'],
  form: ['forced_criminality', 'sexual', 'labour', 'begging', 'other', 'unknown'],
  region: ['north', 'northeast', 'central', 'east', 'west', 'south', 'unknown'],
  disability: ['yes', 'no', 'missing'],
  days: ['0-3', '4-7', '8-15', '16-30', '31+'],
  step: ['refused', 'met', 'screened', 'presumed', 'identified', 'served'],
  agency: ['police', 'immigration', 'labour', 'interior', 'msdhs', 'ngo', 'hotline', 'other'],
  result: ['grounds', 'no_grounds', 'open'],
  late: ['yes', 'no'],
  service_shelter: ['not_asked', 'delivered', 'waiting', 'declined', 'not_wanted'],
  service_health: ['not_asked', 'delivered', 'waiting', 'declined', 'not_wanted'],
  province: ['TH-50', 'TH-57', 'TH-63', 'TH-65', 'TH-10', 'TH-90'],
};

const ofPeople = new Set(['sex', 'age', 'nationality', 'form', 'region']);

// A table is named by its dimensions, behind the measure where that is another than who was identified.
function measure(id: string): string {
  const [first = id] = id.split('.');
  return ofPeople.has(first) ? 'identified' : first;
}

/** A table of one dimension with a count for each category in turn; null is withheld. */
export function oneWay(id: string, universe: string, dimension: string, counts: readonly Count[]): Table {
  const cells = counts.map((count, index) => ({ at: { [dimension]: dimensions[dimension]?.[index] ?? '' }, count }));
  return { id, measure: measure(id), universe, basis: 'decided', dimensions: [dimension], cells };
}

/** A table of two dimensions: a row of counts for each category of the first. */
export function twoWay(id: string, universe: string, [first, second]: readonly [string, string], rows: readonly (readonly Count[])[]): Table {
  const cells = rows.flatMap((counts, row) => counts.map((count, column) => ({
    at: { [first]: dimensions[first]?.[row] ?? '', [second]: dimensions[second]?.[column] ?? '' }, count,
  })));
  return { id, measure: measure(id), universe, basis: 'decided', dimensions: [first, second], cells };
}

/** A release of the tables; 231 people were identified where nothing else is given. */
export function release(tables: readonly Table[], given: Partial<Release> = {}): Release {
  const total = given.total === undefined ? 231 : given.total;
  return {
    id: '2026-H1', from: '2025-12-31T17:00:00Z', until: '2026-06-30T17:00:00Z', published_at: '2026-08-02T03:00:00Z', position: 48_211,
    basis: 'decided', k: 11, bound: 12, coalition: 1, extra: 0.02, weak: false, method: 'jointly_audited', statement: 'no_group_below_k',
    dimensions: Object.entries(dimensions).map(([id, categories]) => ({ id, categories: categories.map((category) => ({ id: category })) })),
    universes: [
      { id: 'identified', unit: 'persons', basis: 'decided', total, certificate: '9f2b6c1d7a804e5f9f2b6c1d7a804e5f9f2b6c1d7a804e5f9f2b6c1d7a804e5f' },
      { id: 'decided', unit: 'persons', basis: 'decided', total: 312 },
      { id: 'concluded', unit: 'persons', basis: 'concluded', total: 455 },
      { id: 'met', unit: 'persons', basis: 'met', total: 520 },
      { id: 'screened', unit: 'persons', basis: 'screened', total: 481 },
      { id: 'referred', unit: 'persons', basis: 'referred', total: 288 },
    ],
    tables: [...tables], adjustments: [], ...given, total,
  };
}

/** A release with a table of every kind. */
export function fullRelease(given: Partial<Release> = {}): Release {
  return release([
    oneWay('sex', 'identified', 'sex', [128, 89, 14]),
    oneWay('age', 'identified', 'age', [41, 118, 60, null]),
    oneWay('nationality', 'identified', 'nationality', [57, 96, 31, null, 34, null]),
    oneWay('form', 'identified', 'form', [102, 48, 55, null, 14, null]),
    oneWay('region', 'identified', 'region', [74, 22, 51, 43, null, 29, null]),
    oneWay('province', 'identified', 'province', [21, 16, 24, null, 33, 15]),
    twoWay('sex.age', 'identified', ['sex', 'age'], [[27, 64, 32, null], [null, 46, 24, null], [null, null, null, null]]),
    twoWay('sex.region', 'identified', ['sex', 'region'], [[43, null, 28, 24, null, 14, null], [27, null, 20, 17, null, null, null], [null, null, null, null, null, null, null]]),
    oneWay('wgss', 'identified', 'disability', [27, 190, 14]),
    oneWay('time_in_stage.identification', 'decided', 'days', [31, 88, 121, 52, 20]),
    oneWay('time_in_stage.screening', 'concluded', 'days', [201, 140, null, 40, null]),
    oneWay('funnel', 'met', 'step', [39, 26, 110, 114, 45, 186]),
    oneWay('agencies', 'screened', 'agency', [140, 96, 71, 40, 44, 62, 28, null]),
    twoWay('agencies.result', 'screened', ['agency', 'result'], [
      [92, 33, 15], [51, 31, 14], [44, 15, 12], [22, null, null], [30, null, null], [45, 17, null], [16, null, null], [null, null, null],
    ]),
    oneWay('referrals.late', 'referred', 'late', [47, 241]),
    oneWay('services.shelter', 'identified', 'service_shelter', [62, 118, 28, null, null]),
    oneWay('services.health', 'identified', 'service_health', [97, 91, 19, null, 12]),
  ], { adjustments: [{ period: '2025-H1', kind: 'added', count: 13 }, { period: '2025-H2', kind: 'changed', count: null }], ...given });
}
