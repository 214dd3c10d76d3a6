// The forms by which cases were screened, with their words: kept for as long as the page is open, because a published version never changes.

import { client, ok } from '../lib/api.ts';
import type { Language } from '../lib/i18n.ts';
import { type List, nameIn } from '../lib/names.ts';
import type { FormSchema, FormText, NameOf } from './answers.ts';

/** A version of the form with its words in a language. */
export interface ReadForm {
  schema: FormSchema;
  text: FormText;
  official: boolean; // whether an authority has adopted it
}

const kept = new Map<string, Promise<ReadForm>>();

/** A version of the screening form. */
export function form(version: number, language: Language): Promise<ReadForm> {
  const key = `${version} ${language}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const coming = load(version, language);
  kept.set(key, coming);
  coming.catch(() => kept.delete(key)); // the next page asks again
  return coming;
}

async function load(version: number, language: Language): Promise<ReadForm> {
  const [found, text] = await Promise.all([
    ok(client.GET('/api/v1/forms/screening/{version}', { params: { path: { version } } })),
    ok(client.GET('/api/v1/forms/screening/{version}/text/{lang}', { params: { path: { version, lang: language } } })),
  ]);
  return { schema: found.schema as unknown as FormSchema, text: text as unknown as FormText, official: found.official };
}

/** The name of a code of a list that a form names. */
export const nameOfCode: NameOf = (list, code) => nameIn(list as List, code);
