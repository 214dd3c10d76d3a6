// The shapes of the provinces and of the regions that they make up. The shapes are those of Natural Earth, which names provinces by HASC;
// the service names them by ISO 3166-2, and its list of provinces has both.

import type { GeoPermissibleObjects } from 'd3-geo';
import type { Feature } from 'geojson';
import { feature, merge } from 'topojson-client';

import provinces from '../../../../schemas/codes/provinces.json';
import topology from './th-provinces.topo.json';

type Topology = Parameters<typeof feature>[0];
type Collection = Extract<Topology['objects'][string], { type: 'GeometryCollection' }>;

export interface Shape {
  key: string;
  shape: GeoPermissibleObjects;
}

const isoOf = new Map(provinces.items.map(({ hasc, code }) => [hasc, code]));
const regions = new Map(provinces.items.map(({ code, region }) => [code, region]));
const map = topology as unknown as Topology;
const shapes = (map.objects.provinces as Collection).geometries;

function iso(id: string | number | undefined): string {
  const code = isoOf.get(String(id));
  if (code === undefined) throw new Error(`the map has a province ${id} that is not in the list`);
  return code;
}

/** A shape for each province, by its code in ISO 3166-2:TH. */
export function provinceShapes(): Shape[] {
  return shapes.map((shape) => ({ key: iso(shape.id), shape: (feature(map, shape) as Feature).geometry }));
}

/** A shape for each region, put together from its provinces. */
export function regionShapes(): Shape[] {
  return Object.keys(provinces._about.regions).map((key) => {
    const own = shapes.filter(({ id }) => regions.get(iso(id)) === key);
    return { key, shape: merge(map, own as Parameters<typeof merge>[1]) };
  });
}
