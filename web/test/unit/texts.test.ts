// The words of the page: every language has the same ones, with the same holes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../text');
const areas = readdirSync(folder);

function words(area: string, file: string): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, area, file), 'utf8')) as Record<string, string>;
}

function holes(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([hole]) => hole).sort();
}

describe.each(areas)('the words of %s', (area) => {
  const files = readdirSync(join(folder, area));
  const first = words(area, files[0] ?? '');

  test.each(files)('in %s are the same ones', (file) => {
    expect(Object.keys(words(area, file)).sort()).toEqual(Object.keys(first).sort());
  });

  test.each(files)('in %s have the same holes, and none is empty', (file) => {
    for (const [key, text] of Object.entries(words(area, file))) {
      expect(holes(text), key).toEqual(holes(first[key] ?? ''));
      expect(text.trim(), key).not.toBe('');
    }
  });
});
