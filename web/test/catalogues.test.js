// The texts are complete, and the page builds itself without parsing strings. These tests read the sources and need no browser.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

import { languages, texts } from '../testing/browser.js';

const page = new URL('../static/', import.meta.url);
const repository = new URL('../../', import.meta.url);

const catalogues = Object.fromEntries(await Promise.all(languages.map(async (tag) => [tag, await texts(tag)])));
const scripts = await sources(page, '.js');
const html = await readFile(new URL('index.html', page), 'utf8');

async function sources(folder, ending) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(new URL(name, folder), 'utf8') })));
}

function matches(pattern, text) {
  return [...text.matchAll(pattern)].map(([, found]) => found);
}

const code = scripts.map(({ text }) => text).join('\n');
const literals = [...matches(/\b(?:t\(|key: )'([^']+)'/g, code), ...matches(/data-(?:text|label)="([^"]+)"/g, html)];
const families = [
  ...matches(/\b(?:t\(|key: )`([^`$]+)\$\{/g, code),
  ...matches(/\bword\('([^']+)'/g, code).map((list) => `${list}.`),
  ...matches(/\bword\(`([^`$]+)\$\{/g, code),
];

const lists = await closedLists();

describe('the catalogues', () => {
  it('have the same keys in the same order', () => {
    assert.deepEqual(Object.keys(catalogues.th), Object.keys(catalogues.en));
  });

  it('have the same holes and no empty text', () => {
    const holes = (text) => matches(/\{(\w+)\}/g, text).sort();
    for (const [key, text] of Object.entries(catalogues.en)) {
      assert.notEqual(text.trim(), '', key);
      assert.notEqual(catalogues.th[key].trim(), '', key);
      assert.deepEqual(holes(catalogues.th[key]), holes(text), key);
    }
  });

  it('have every key that the page uses', () => {
    assert.ok(literals.length > 40, 'the pattern finds the keys');
    for (const key of literals) assert.ok(key in catalogues.en, key);
    for (const family of families) assert.ok(Object.keys(catalogues.en).some((key) => key.startsWith(family)), family);
  });

  it('have no key that the page does not use', () => {
    const unused = Object.keys(catalogues.en).filter(
      (key) => !literals.includes(key) && !families.some((family) => key.startsWith(family)),
    );
    assert.deepEqual(unused, []);
  });

  for (const [list, codes] of Object.entries(lists)) {
    it(`have words for every ${list} of the service`, () => {
      assert.ok(codes.length > 0, 'the pattern finds the codes');
      for (const code of codes) assert.ok(`${list}.${code}` in catalogues.en, `${list}.${code}`);
    });
  }
});

/** The codes that the service's own sources list, so that a new one cannot come without words. */
async function closedLists() {
  const domain = (await sources(new URL('domain/', repository), '.go')).map(({ text }) => text).join('\n');
  const statistics = await readFile(new URL('projections/statistics/categories.go', repository), 'utf8');
  const dimensions = [...statistics.matchAll(/dimension\{"(\w+)", \[\]string\{([^}]+)\}/g)]
    .map(([, name, values]) => [`category.${name}`, words(values)]);
  return {
    stage: matches(/\bStage += "(\w+)"/g, domain),
    status: matches(/\bStatus += "(\w+)"/g, domain),
    role: matches(/\bRole += "(\w+)"/g, domain),
    purpose: matches(/\bPurpose += "(\w+)"/g, domain),
    grounds: matches(/\bGrounds += "(\w+)"/g, domain),
    event: matches(/EventType\(\) string \{ return "([\w.]+)" \}/g, domain),
    table: dimensions.map(([list]) => list.replace('category.', '')),
    ...Object.fromEntries(dimensions),
  };
}

// Age bands are their own words.
function words(values) {
  return values.split(',').map((value) => value.trim().replaceAll('"', '')).filter((value) => /^[a-z]/.test(value));
}

describe('the sources', () => {
  it('parse no string as HTML or code', () => {
    const sinks = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function/;
    for (const { name, text } of scripts) assert.doesNotMatch(text, sinks, name);
  });

  it('have no inline script, style or handler', () => {
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    for (const { name, text } of scripts) assert.doesNotMatch(text, /\bstyle:|\.style\b/, name);
  });

  it('load nothing from elsewhere', () => {
    for (const { name, text } of [...scripts, { name: 'index.html', text: html }]) assert.doesNotMatch(text, /https?:\/\//, name);
  });
});
