// What a question, an answer and a code are called: by the form in the officer's language, and to the person in theirs.

import { language } from '../../lib/i18n.ts';
import type { Answer, Row, Value } from '../draft.ts';
import type { Current } from './current.ts';
import type { Item } from './engine.ts';
import type { CodeListName } from './lists.ts';
import { type FormText, type JsonObject, listOf, objectOf, stringOf } from './schema.ts';

/** The form's words in the language of the moment. */
export function formWords({ words }: Current): FormText {
  return words[language.value];
}

/** What a question is. */
export function labelOf(words: FormText, key: string): string {
  return words.items[key]?.label ?? words.body[key]?.label ?? key;
}

/** The element that a value has, where it has several; else the value itself. */
export function single(value: JsonObject): JsonObject {
  return value.type === 'array' ? objectOf(value.items) : value;
}

/** The choices of a value: their codes, and the list of words that names them. */
export function choicesOf(value: JsonObject): { list: string; codes: string[] } {
  const one = single(value);
  return { list: stringOf(one['x-choices'] ?? one['x-i18n']).replace(/^choices\./, ''), codes: listOf(one.enum).map(String) };
}

/** What a choice is called; null where the words have none for it. */
export function choiceName(words: FormText, list: string, code: string): string | null {
  return words.choices[list]?.[code] ?? null;
}

/** What a code of a code list is called. */
export function codeName({ lists, words }: Current, list: string, code: string): string {
  if (list === 'items') return labelOf(words[language.value], code);
  return (lists[list as CodeListName] ?? []).find((entry) => entry.code === code)?.[language.value] ?? code;
}

/** A code list for choosing, by name. */
export function codeOptions({ lists }: Current, list: CodeListName): { value: string; label: string }[] {
  const tag = language.value;
  return lists[list].map((entry) => ({ value: entry.code, label: entry[tag] })).sort((a, b) => a.label.localeCompare(b.label, tag));
}

/** What was answered, as a person reads it. */
export function answerWords(current: Current, item: Item, { state, value }: Answer): string[] {
  const words = formWords(current);
  if (state !== 'answered' || value === undefined) return [choiceName(words, 'state', state) ?? state];
  return valueWords(current, item.value, value);
}

/** A value as a person reads it, line by line. */
export function valueWords(current: Current, schema: JsonObject, value: Value): string[] {
  if (Array.isArray(value)) return value.map((each) => (typeof each === 'string' ? wordOf(current, single(schema), each) : rowWords(current, single(schema), each)));
  return [wordOf(current, schema, String(value))];
}

/** A row of a repeated answer in one line. */
export function rowWords(current: Current, schema: JsonObject, row: Row): string {
  const members = objectOf(schema.properties);
  return Object.entries(row).map(([name, value]) => memberWords(current, objectOf(members[name]), value)).filter((each) => each !== '').join(', ');
}

function memberWords(current: Current, schema: JsonObject, value: string | boolean | string[]): string {
  if (typeof value === 'boolean') return value ? memberLabel(formWords(current), schema) : '';
  return [value].flat().map((each) => wordOf(current, single(schema), each)).join(', ');
}

/** What a member of a row is called. */
export function memberLabel(words: FormText, schema: JsonObject): string {
  const [, group = '', name = ''] = stringOf(schema['x-i18n']).split('.');
  return words.members[group]?.[name] ?? name;
}

function wordOf(current: Current, schema: JsonObject, value: string): string {
  if (schema.enum !== undefined) return choiceName(formWords(current), choicesOf(schema).list, value) ?? value;
  if (typeof schema['x-codes'] === 'string') return codeName(current, schema['x-codes'], value);
  if (schema['x-partial-date'] === true || schema.format === 'date') return writtenDate(value);
  return value;
}

// A date of which the end may be missing, with the year of the era that the language counts.
function writtenDate(iso: string): string {
  const [year = '', month = '', day = ''] = iso.split('-');
  const midnight = new Date(Date.UTC(Number(year), Number(month || '1') - 1, Number(day || '1')));
  const locale = language.value === 'th' ? 'th-TH-u-ca-buddhist-nu-latn' : 'en-GB';
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC', year: 'numeric', ...(month !== '' && { month: 'long' }), ...(day !== '' && { day: 'numeric' }),
  }).format(midnight);
}
