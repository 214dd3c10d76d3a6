// The keys of words that the committee's pages put in by name: findings take them as texts, so that no type holds them to the catalogue.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import en from '../../../text/committee/en.json';

const folder = join(import.meta.dirname, '../../../src/committee');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));

test.each(sources)('the words of %s are in the catalogue', (name) => {
  const keys = [...readFileSync(join(folder, name), 'utf8').matchAll(/words\.t\('([^']+)'/g)].map(([, key = '']) => key);
  expect(keys.filter((key) => !(key in en))).toEqual([]);
});
