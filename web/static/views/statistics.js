// The published statistics: the list of releases, and one release with its tables.

import { read } from '../api.js';
import { el, facts, heading, table } from '../dom.js';
import { date, number, t, word } from '../i18n.js';
import { statisticsAddress } from '../route.js';

/** Opens the list of releases. */
export async function releasesView(signal) {
  let releases = await load(signal);

  async function load(signal) {
    return (await read('/statistics/releases', signal)).items;
  }

  return {
    title: () => t('releases.heading'),
    draw: () => [
      heading(t('releases.heading')),
      el('p', {}, t('releases.explained')),
      releases.length === 0 ? el('p', { class: 'inset' }, t('releases.none')) : releaseTable(releases),
    ],
    refresh: async (signal) => { releases = await load(signal); },
    list: 'statistics',
  };
}

function releaseTable(releases) {
  const columns = [t('column.period'), t('column.published'), t('column.people')];
  return table(t('releases.caption'), columns, releases.map((release) => ({
    key: release.id,
    cells: [
      el('a', { href: statisticsAddress(release.id) }, period(release)),
      date(release.published_at),
      count(release.total),
    ],
  })));
}

/** Opens one release. */
export async function releaseView(id, signal) {
  const address = `/statistics/releases/${encodeURIComponent(id)}`;
  const release = await read(address, signal);
  const title = () => t('release.title', { from: date(release.from).textContent, until: lastDay(release).textContent });
  return {
    title,
    draw: () => [
      el('p', {}, el('a', { href: statisticsAddress() }, t('release.back'))),
      heading(title()),
      facts([[t('column.people'), count(release.total)], [t('column.published'), date(release.published_at)]]),
      el('p', {}, t('releases.explained')),
      release.tables.map(categoryTable),
      downloads(id),
    ].flat(),
    refresh: async () => {}, // a published release never changes
  };
}

function categoryTable({ id, dimensions, cells }) {
  const categories = (cell) => dimensions.map((d) => word(`category.${d}`, cell.at[d])).join(', ');
  return table(word('table', id), [t('column.category'), t('column.people')], cells.map((cell) => ({
    key: categories(cell),
    cells: [categories(cell), count(cell.count)],
  })));
}

function downloads(id) {
  return el('ul', { class: 'downloads' }, ['csv', 'xlsx'].map((type) => el('li', {},
    el('a', { href: `/api/v1/statistics/releases/${encodeURIComponent(id)}.${type}`, download: true }, t(`release.${type}`)))));
}

// A count that is withheld is not zero, and must not look like it.
function count(people) {
  return people === null ? el('em', {}, t('count.withheld')) : number(people);
}

function period(release) {
  return [date(release.from), ' – ', lastDay(release)];
}

// A period ends where the next begins; people name its last day.
function lastDay(release) {
  return date(new Date(new Date(release.until) - 1).toISOString());
}
