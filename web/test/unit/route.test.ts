// Addresses.

import { describe, expect, test } from 'vitest';

import { href, matched, type Route } from '../../src/lib/route.ts';
import { homeOf, routes } from '../../src/shell/routes.ts';
import { placesOf } from '../../src/shell/navigation.ts';

const load = () => Promise.reject(new Error('nothing is loaded here'));
const some: Route[] = ['/cases/:id', '/cases/:id/do/:command', '/rest/*'].map((path) => ({ path, load, texts: [] }));

describe('a path', () => {
  test('is matched whole, with its parameters', () => {
    expect(matched(some, '/cases/a%20b')?.params).toEqual({ id: 'a b' });
    expect(matched(some, '/cases/1/do/refer/')?.params).toEqual({ id: '1', command: 'refer' });
    expect(matched(some, '/cases')).toBeNull();
    expect(matched(some, '/cases/1/do')).toBeNull();
    expect(matched(some, '/rest/of/it')?.params).toEqual({ rest: 'of/it' });
  });

  test('that was typed by hand does no harm', () => {
    expect(matched(some, '/cases/%E0%A4%A')?.params).toEqual({ id: '%E0%A4%A' });
  });
});

test('what is empty is left out of an address', () => {
  expect(href('/work', { a: '', b: null, c: undefined, d: ['x', 'y'], e: 0 })).toBe('/work?d=x&d=y&e=0');
  expect(href('/work')).toBe('/work');
});

test('every role has a home and places that are pages', () => {
  for (const role of ['responder', 'casemanager', 'team', 'shelter', 'committee', 'auditor', 'admin'] as const) {
    for (const path of [homeOf(role), ...placesOf(role).map((place) => place.href)]) {
      const found = matched(routes, path);
      expect(found, `${path} of ${role}`).not.toBeNull();
      expect(found?.route.roles ?? [role], `${path} of ${role}`).toContain(role);
    }
  }
});
