// The words of the page. They lie in text/<area>/<language>.json, where the service finds them too; an area's words are loaded with it.

import { signal } from '@preact/signals';

import type account from '../../text/account/en.json';
import type administration from '../../text/administration/en.json';
import type casework from '../../text/casework/en.json';
import type committee from '../../text/committee/en.json';
import type common from '../../text/common/en.json';
import type decide from '../../text/decide/en.json';
import type interview from '../../text/interview/en.json';
import type responder from '../../text/responder/en.json';

/** The areas of the page that have words of their own. */
interface Catalogues {
  common: typeof common;
  account: typeof account;
  administration: typeof administration;
  casework: typeof casework;
  committee: typeof committee;
  decide: typeof decide;
  interview: typeof interview;
  responder: typeof responder;
}

export type Area = keyof Catalogues;
export type Key<A extends Area> = keyof Catalogues[A] & string;
export type Values = Record<string, string | number>;

/** The languages of those who work with Songtor. What a person is shown may be in others too. */
export const languages = ['th', 'en'] as const;
export type Language = (typeof languages)[number];

const storageKey = 'songtor.language';
const files = import.meta.glob<Record<string, string>>('../../text/*/{th,en}.json', { import: 'default' });
const catalogues = new Map<string, Record<string, string>>();
const wanted = new Set<Area>(['common']);

/** The language in use. What reads it while it is drawn is drawn again when it changes. */
export const language = signal<Language>(preferredLanguage());

function preferredLanguage(): Language {
  const tags = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return tags.find((tag): tag is Language => languages.some((known) => known === tag)) ?? languages[0];
}

function remembered(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

/** Loads the words of areas in the language in use. They have to be there before anything of the area is drawn. */
export async function loadTexts(...areas: Area[]): Promise<void> {
  for (const area of areas) wanted.add(area);
  await load(language.value);
}

/** Switches to a language, and keeps it for the next visit. */
export async function useLanguage(tag: Language): Promise<void> {
  await load(tag);
  try {
    localStorage.setItem(storageKey, tag);
  } catch {
    // without storage the next visit starts in the browser's language
  }
  language.value = tag;
}

async function load(tag: Language): Promise<void> {
  await Promise.all([...wanted].map(async (area) => {
    const name = `../../text/${area}/${tag}.json`;
    const file = files[name];
    if (file === undefined || catalogues.has(name)) return;
    catalogues.set(name, await file());
  }));
}

/** Writes the text of a key, with {name} replaced by values.name. */
export type Text<A extends Area> = (key: Key<A>, values?: Values) => string;

/** The words of an area, in the language of the moment. */
export function texts<A extends Area>(area: A): Text<A> {
  return (key, values) => filled(lookUp(area, key) ?? missing(area, key), values);
}

/** The words of an area for what is drawn: it is drawn again when the language changes. */
export const useText = texts;

/** The words for a code of a closed list, such as a role; the code itself where a newer service sends one unknown here. */
export function word(area: Area, list: string, code: string): string {
  return lookUp(area, `${list}.${code}`) ?? code;
}

/** The text of a number of things: key.one for one, key.other for any other number, with {n} replaced by it. */
export function count(area: Area, key: string, n: number): string {
  const form = `${key}.${n === 1 ? 'one' : 'other'}`;
  return filled(lookUp(area, form) ?? missing(area, form), { n: number(n) });
}

/** A number with the language's separators. */
export function number(n: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(language.value === 'th' ? 'th-TH-u-nu-latn' : 'en-GB', options).format(n);
}

function lookUp(area: Area, key: string): string | undefined {
  return catalogues.get(`../../text/${area}/${language.value}.json`)?.[key];
}

function missing(area: Area, key: string): never {
  throw new Error(`no text ${area} ${key} in ${language.value}`);
}

/** Puts values in the place of the {holes} of a text. */
export function filled(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}
