// The figure of where: the map and the bars side by side. The shapes come in their own file, when somebody looks at a map.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { type Bar, Bars } from '../charts/Bars.tsx';
import { Choropleth } from '../charts/Choropleth.tsx';
import { bar, mostOf } from '../figures.tsx';
import { groupFinding } from '../finding.ts';
import { ShownFigure } from '../parts.tsx';
import { type Count, largestFirst, type Release, type Slice, slices, type Table, totalOf } from '../release.ts';
import { oneWay } from '../shown.ts';
import type { Words } from '../words.ts';
import type { Shape } from './provinces.ts';

const shapes = signal<Record<'region' | 'province', Shape[]> | null>(null);

interface Props {
  words: Words;
  release: Release;
  table: Table;
  level: 'region' | 'province';
}

/** Where people were met, by region or by province. */
export function RegionFigure({ words, release, table, level }: Props) {
  useEffect(() => { void loadShapes(); }, []);
  const all = slices(release, table, level);
  const whole = totalOf(release, table);
  const finding = groupFinding(words, release, table, level);
  const shown = oneWay(words, release, table, level);
  const order = largestFirst(all);
  const rows = order.flatMap(({ category }) => shown.rows.filter(({ key }) => key === category));
  return (
    <ShownFigure
      words={words} release={release} name={table.id} finding={finding} shown={{ ...shown, rows }}
      note={`${words.t('where.note')}${level === 'province' ? ` ${words.t('where.provinces')}` : ''}`}
    >
      <div class="map-and-bars">
        {shapes.value ? <Map words={words} shapes={shapes.value[level]} all={all} finding={finding} /> : <div class="chart-map chart-map--coming" />}
        <Bars bars={barsOf(words, level, order, whole)} most={mostOf(all.map(({ count }) => count))} />
      </div>
    </ShownFigure>
  );
}

const fewWithheld = 10; // more of them are one bar: seventy provinces that say nothing would hide those that do

function barsOf(words: Words, level: Props['level'], order: readonly Slice[], whole: Count): Bar[] {
  const withheld = order.filter(({ count }) => count === null);
  const shown = withheld.length > fewWithheld ? order.filter(({ count }) => count !== null) : order;
  const bars = shown.map(({ category, count }) => bar(words, level, category, count, whole));
  if (shown === order) return bars;
  return [...bars, { key: 'withheld', label: words.t('withheld.rest', { n: words.number(withheld.length) }), count: null, written: words.t('withheld') }];
}

async function loadShapes(): Promise<void> {
  if (shapes.value !== null) return;
  const { provinceShapes, regionShapes } = await import('./provinces.ts');
  shapes.value = { region: regionShapes(), province: provinceShapes() };
}

function Map({ words, shapes: own, all, finding }: { words: Words; shapes: readonly Shape[]; all: readonly Slice[]; finding: string }) {
  const count = (key: string): Count | undefined => all.find(({ category }) => category === key)?.count;
  return (
    <Choropleth
      areas={own.map(({ key, shape }) => ({ key, shape, count: count(key) }))} described={words.t('figure.map', { finding })}
      unpublished={words.t('unpublished')} number={words.number}
    />
  );
}
