// What the content security policy forbids is not in the sources, so that nobody finds out only when a browser refuses it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const scripts = ['src', 'sw'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts')).map((name) => join(folder, name)));

describe.each(scripts)('%s', (name) => {
  const text = readFileSync(join(root, name), 'utf8');

  test('parses no string as HTML or code', () => {
    expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function/);
  });

  test('has no inline style', () => {
    expect(text).not.toMatch(/\sstyle=/);
  });

  test('names no address elsewhere', () => {
    expect(text.replace(/https?:\/\/www\.w3\.org\/\S+/g, '')).not.toMatch(/https?:\/\//);
  });

  test('takes nothing for what it may not be', () => {
    expect(text).not.toMatch(/\bas any\b|: any\b|<any>|@ts-ignore|@ts-expect-error|eslint-disable/);
  });

  test('says why it exists', () => {
    expect(text.startsWith('// ')).toBe(true);
  });
});

test('the page has no inline script, style or handler', () => {
  expect(readFileSync(join(root, 'index.html'), 'utf8')).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
});
