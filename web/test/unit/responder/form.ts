// The published form as the tests read it: from the same files that the service embeds.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { openForm } from '../../../src/responder/form/engine.ts';
import { codeLists, type CodeListName } from '../../../src/responder/form/lists.ts';
import type { CodeEntry, FormText, Json } from '../../../src/responder/form/schema.ts';

const schemas = join(import.meta.dirname, '../../../../schemas');

export const folder = join(schemas, 'testdata');

function read(path: string): Json {
  return JSON.parse(readFileSync(path, 'utf8')) as Json;
}

/** A fixture of the schemas' own tests. */
export function fixture(name: string): Json {
  return read(join(folder, name));
}

/** The published schema of version 1. */
export const published = read(join(schemas, 'screening/v1/schema.json'));

/** The words of version 1 in a language. */
export function words(language: string): FormText {
  return read(join(schemas, `screening/v1/text.${language}.json`)) as unknown as FormText;
}

const lists = Object.fromEntries(codeLists.map((list) => [list, entries(list)])) as Record<CodeListName, CodeEntry[]>;

/** The entries of a code list. */
export function entries(list: CodeListName): CodeEntry[] {
  return (read(join(schemas, `codes/${list}.json`)) as unknown as { items: CodeEntry[] }).items;
}

/** Version 1, ready to be filled in. */
export const form = openForm(published, lists);
