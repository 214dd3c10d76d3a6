// A map of the country's areas, shaded by count in up to five steps. It shows where at a glance; the bars beside it have the numbers,
// because small provinces vanish on a map.

import { geoMercator, geoPath, type GeoPermissibleObjects } from 'd3-geo';

import type { Count } from '../release.ts';
import { type Class, classes, classOf } from './scale.ts';
import { withheldFill } from './Withheld.tsx';

export interface Area {
  key: string;
  shape: GeoPermissibleObjects;
  /** undefined where the release says nothing of the area. */
  count: Count | undefined;
}

interface Props {
  areas: readonly Area[];
  described: string;
  unpublished: string;
  number(n: number): string;
}

const size = { width: 300, height: 520 };

export function Choropleth({ areas, described, unpublished, number }: Props) {
  const all = { type: 'GeometryCollection', geometries: areas.map(({ shape }) => shape) };
  const path = geoPath(geoMercator().fitExtent([[4, 4], [size.width - 4, size.height - 4]], all as GeoPermissibleObjects)).digits(1);
  const steps = classes(areas.map(({ count }) => count).filter((count) => typeof count === 'number'));
  return (
    <div class="chart-map">
      <svg class="chart-map__drawing" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={described}>
        {areas.map(({ key, shape, count }) => (
          <path key={key} class={`chart-area ${shade(steps, count)}`} fill={count === null ? withheldFill : undefined} d={path(shape) ?? ''} />
        ))}
      </svg>
      <ul class="chart-keys chart-keys--list">
        {steps.map((step, index) => <Key key={step.from} shade={`chart-step-${index}`}>{range(step, number)}</Key>)}
        {areas.some(({ count }) => count === undefined) ? <Key shade="chart-area--unpublished">{unpublished}</Key> : null}
      </ul>
    </div>
  );
}

function Key({ shade: name, children }: { shade: string; children: string }) {
  return (
    <li class="chart-key">
      <svg class="chart-key__swatch" aria-hidden="true" focusable="false"><rect class={`chart-area ${name}`} width="100%" height="100%" /></svg>
      {children}
    </li>
  );
}

function shade(steps: readonly Class[], count: Count | undefined): string {
  if (count === undefined) return 'chart-area--unpublished';
  return count === null ? 'chart-withheld' : `chart-step-${classOf(steps, count)}`;
}

function range({ from, to }: Class, number: (n: number) => string): string {
  return from === to ? number(from) : `${number(from)}–${number(to)}`;
}
