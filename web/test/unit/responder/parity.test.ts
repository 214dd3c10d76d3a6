// The page's verdict on a body is the service's: the fixtures that Go's tests run are run here too, with the same expectations.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { check, type Fault } from '../../../src/responder/form/engine.ts';
import { type Json, type JsonObject, objectOf } from '../../../src/responder/form/schema.ts';
import { fixture, folder, form } from './form.ts';

const now = new Date('2026-06-01T12:00:00Z'); // the moment at which Go's tests judge the fixtures

interface Case {
  name: string;
  from: string;
  set?: Record<string, Json>;
  remove?: string[];
  expect: Fault[];
}

function holder(body: JsonObject, pointer: string): { within: JsonObject; name: string } {
  const names = pointer.slice(1).split('/');
  const name = names.pop() ?? '';
  return { within: names.reduce((each, next) => objectOf(each[next]), body), name };
}

// {"repeat": text, "times": n} and {"repeatItem": text, "times": n} keep the file short.
function expanded(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (typeof value.repeat === 'string') return value.repeat.repeat(Number(value.times));
  if (value.repeatItem !== undefined) return Array.from({ length: Number(value.times) }, () => value.repeatItem ?? null);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expanded(member ?? null)]));
}

function bodyOf({ from, set = {}, remove = [] }: Case): JsonObject {
  const body = objectOf(fixture(`valid/${from}`));
  for (const [pointer, value] of Object.entries(set)) {
    const { within, name } = holder(body, pointer);
    within[name] = expanded(value);
  }
  for (const pointer of remove) {
    const { within, name } = holder(body, pointer);
    delete within[name];
  }
  return body;
}

describe('the verdict of the page', () => {
  const valid = readdirSync(join(folder, 'valid'));
  const expected = fixture('invalid/EXPECT.json') as unknown as Record<string, Fault[]>;
  const { cases } = fixture('parity.json') as unknown as { cases: Case[] };

  test('has fixtures to compare', () => {
    expect(valid.length).toBeGreaterThan(8);
    expect(Object.keys(expected).length).toBeGreaterThan(30);
    expect(cases.length).toBeGreaterThan(30);
  });

  test.each(valid)('accepts %s', (name) => {
    expect(check(form, fixture(`valid/${name}`), now)).toEqual([]);
  });

  test.each(Object.keys(expected))('refuses %s for the same reasons', (name) => {
    expect(check(form, fixture(`invalid/${name}`), now)).toEqual(expected[name]);
  });

  test.each(cases)('agrees: $name', (each) => {
    expect(check(form, bodyOf(each), now)).toEqual(each.expect);
  });
});
