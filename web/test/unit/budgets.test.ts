// What a phone in the field has to load, held against what is affordable there. The page has to be built before: `make build`.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../dist');
const kilobyte = 1024;

interface Chunk {
  file: string;
  src?: string;
  imports?: string[];
  css?: string[];
}

let manifest: Record<string, Chunk>;

beforeAll(() => {
  manifest = JSON.parse(readFileSync(join(dist, 'manifest.build.json'), 'utf8')) as Record<string, Chunk>;
});

/** The files that come with entries, those that they import included. */
function closure(entries: readonly string[]): Set<string> {
  const keys = new Set<string>();
  const visit = (key: string) => {
    if (keys.has(key)) return;
    keys.add(key);
    manifest[key]?.imports?.forEach(visit);
  };
  entries.forEach(visit);
  return new Set([...keys].flatMap((key) => [manifest[key]?.file ?? '', ...(manifest[key]?.css ?? [])]).filter(Boolean));
}

function entriesIn(folder: string): string[] {
  return Object.keys(manifest).filter((key) => key.startsWith(folder));
}

/** How much of a file travels: compressed as the service sends it to a browser. */
function transferred(file: string, coding: 'br' | 'gz' = 'br'): number {
  const compressed = join(dist, `${file}.${coding}`);
  return statSync(existsSync(compressed) ? compressed : join(dist, file)).size;
}

function sum(files: Iterable<string>, coding?: 'br' | 'gz'): number {
  return [...files].reduce((total, file) => total + transferred(file, coding), 0);
}

function fonts(): string[] {
  return Object.values(manifest).map(({ file }) => file).filter((file) => /noto-sans-(latin|thai-thai)-\d+-normal/.test(file));
}

describe('a responder', () => {
  test('loads everything with Thai fonts in less than 130 kB', () => {
    const words = ['text/common/th.json', 'text/responder/th.json'];
    const files = new Set(['index.html', 'icon.svg', 'manifest.webmanifest', 'sw.js', ...fonts(), ...closure(['index.html', ...words, ...entriesIn('src/responder/')])]);
    expect(fonts()).toHaveLength(4);
    expect(sum(files)).toBeLessThan(130 * kilobyte);
  });

  test('loads less than 40 kB of script for the form', () => {
    const scripts = [...closure(['index.html', 'src/responder/form/interview.tsx'])].filter((file) => file.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(1);
    expect(sum(scripts, 'gz')).toBeLessThan(40 * kilobyte);
  });

  test('never loads what is other people\'s', () => {
    const loaded = closure(['index.html', ...entriesIn('src/responder/')]);
    const others = ['src/casework/', 'src/committee/', 'src/administration/'].flatMap(entriesIn).map((key) => manifest[key]?.file ?? '');
    expect(others.length).toBeGreaterThan(3);
    expect(others.filter((file) => loaded.has(file))).toEqual([]);
  });
});
