// The rules of a form that a schema cannot state: dates that are not in the future and exist, codes of a list, text that can be read as
// it was written, ends after beginnings, ages that do not exclude each other. They are the service's, rule for rule.

import type { Fault, Form } from './engine.ts';
import { branches, type Json, type JsonObject, listOf, objectOf } from './schema.ts';

/** The part of a form that the rules need. */
export interface Node {
  members: Map<string, Node>;
  element: Node | null;
  maxItems: number;
  codes: string;
  format: string;
  notFuture: boolean;
  partialDate: boolean;
  lines: boolean;
  unique: boolean;
}

/** Reads the rules from a schema. A name means the same in every branch that introduces it. */
export function nodeOf(schema: JsonObject): Node {
  const node = emptyNode();
  add(node, schema);
  return node;
}

function emptyNode(): Node {
  return {
    members: new Map(), element: null, maxItems: 0, codes: '', format: '', notFuture: false, partialDate: false, lines: false, unique: false,
  };
}

function add(node: Node, schema: JsonObject): void {
  node.notFuture ||= schema['x-not-future'] === true;
  node.partialDate ||= schema['x-partial-date'] === true;
  node.lines ||= schema['x-lines'] === true;
  node.unique ||= schema['x-unique'] === true;
  if (typeof schema['x-codes'] === 'string') node.codes = schema['x-codes'];
  if (typeof schema.format === 'string') node.format = schema.format;
  if (schema.items !== undefined) {
    node.element = nodeOf(objectOf(schema.items));
    node.maxItems = typeof schema.maxItems === 'number' ? schema.maxItems : 0;
  }
  for (const [name, member] of Object.entries(objectOf(schema.properties))) {
    const known = node.members.get(name) ?? emptyNode();
    node.members.set(name, known);
    add(known, objectOf(member));
  }
  for (const branch of branches(schema)) add(node, branch);
}

const clockLeeway = 5 * 60_000; // milliseconds that a device's clock may be ahead
const ageLeeway = 2; // years that a stated age may be from the birth date
const farthestAhead = 14 * 3_600_000; // milliseconds by which the earliest zone on Earth is ahead of UTC
const maxMarks = 8; // marks on one letter; Burmese, the script with most, needs six

interface Moment {
  form: Form;
  now: number;
  /** The latest calendar date anywhere on Earth. */
  today: string;
}

/** What breaks a rule that the schema cannot state. */
export function semanticFaults(form: Form, body: Json, now: Date): Fault[] {
  const whole = objectOf(body);
  return [...faultsOf(form, body, form.root, now), ...times(whole), ...ages(momentAt(form, now), objectOf(whole.answers))];
}

/** What breaks such a rule within a part of a body. */
export function faultsOf(form: Form, value: Json, node: Node, now: Date): Fault[] {
  return walk(momentAt(form, now), value, node, '');
}

function momentAt(form: Form, now: Date): Moment {
  return { form, now: now.getTime(), today: new Date(now.getTime() + farthestAhead).toISOString().slice(0, 10) };
}

// It descends only through names that the form defines, so that no other name gets into a pointer.
function walk(moment: Moment, value: Json, node: Node, pointer: string): Fault[] {
  if (typeof value === 'string') return textFaults(moment, value, node).map((keyword) => ({ pointer, keyword }));
  if (Array.isArray(value)) {
    const { element } = node;
    return [
      ...(node.unique && hasRepeat(value) ? [{ pointer, keyword: 'x-unique' }] : []),
      ...(element === null ? [] : value.flatMap((each, i) => walk(moment, each, element, `${pointer}/${i}`))),
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.entries(value).flatMap(([name, member]) => {
    const known = node.members.get(name);
    return known === undefined ? [] : walk(moment, member ?? null, known, `${pointer}/${name}`);
  });
  return endsBefore(value) ? [...within, { pointer: `${pointer}/to`, keyword: 'x-order' }] : within;
}

function hasRepeat(value: Json[]): boolean {
  return value.some((each, i) => typeof each === 'string' && value.indexOf(each) < i);
}

// A stretch of time does not end before it begins, as far as both ends are given equally exactly.
function endsBefore({ from, to }: JsonObject): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  const known = Math.min(from.length, to.length);
  return to.slice(0, known) < from.slice(0, known);
}

function textFaults(moment: Moment, text: string, node: Node): string[] {
  const found: string[] = [];
  if (!isClean(text, node.lines)) found.push('x-text');
  if (node.codes !== '' && !moment.form.codes.get(node.codes)?.has(text)) found.push('x-code');
  if (node.format === 'date' && !dateExists(text)) found.push('format');
  if (node.format === 'date-time' && momentOf(text) === null) found.push('format');
  if (node.partialDate && !partialDateExists(text)) found.push('x-partial-date');
  else if (node.notFuture && isFuture(moment, text)) found.push('x-not-future');
  return found;
}

function isFuture({ now, today }: Moment, text: string): boolean {
  if (text.length <= today.length) return text > today.slice(0, text.length);
  const time = momentOf(text);
  return time !== null && time > now + clockLeeway;
}

function partialDateExists(text: string): boolean {
  return text.length !== 10 || dateExists(text);
}

function dateExists(text: string): boolean {
  const [whole, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  return whole !== undefined && isDay(Number(year), Number(month), Number(day));
}

function isDay(year: number, month: number, day: number): boolean {
  const midnight = midnightOf(year, month, day);
  return midnight.getUTCFullYear() === year && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
}

function midnightOf(year: number, month: number, day: number): Date {
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day); // a year before 100 is meant as it is
  return midnight;
}

const moments = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** The moment of an RFC 3339 time in milliseconds; null where it is none. Leap seconds are none. */
export function momentOf(text: string): number | null {
  const parts = moments.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] = parts.slice(7);
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return null;
  if (Number(offsetHours) > 24 || Number(offsetMinutes) > 59) return null;
  const ahead = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return +midnightOf(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + Number(`0.${fraction || '0'}`) * 1000 - ahead;
}

const marks = /^\p{M}$/u;
// Letters, marks, numbers, punctuation, symbols and spaces; joiners and the zero-width space, which scripts of the region need, are
// format characters. Unassigned and private code points are none of these.
const character = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}]$/u;
// Overrides, embeddings and isolates of direction, separators, the byte order mark and tags.
const hidden = /^[\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\u{e0000}-\u{e007f}]$/u;

/** Whether a text has nothing that a reader can't see or that makes a line read otherwise than it was written. */
export function isClean(text: string, lines: boolean): boolean {
  let stacked = 0;
  for (const each of text) {
    stacked = marks.test(each) ? stacked + 1 : 0;
    if (stacked > maxMarks) return false;
    if (lines && (each === '\n' || each === '\t')) continue;
    if (hidden.test(each) || !character.test(each)) return false;
  }
  return true;
}

function times({ occurred_at: occurred, recorded_at: recorded }: JsonObject): Fault[] {
  const [first, second] = [occurred, recorded].map((time) => (typeof time === 'string' ? momentOf(time) : null) ?? NaN) as [number, number];
  return second < first ? [{ pointer: '/recorded_at', keyword: 'x-order' }] : [];
}

// The answers on age do not exclude each other. Whoever says that the person is an adult while the age says otherwise has to answer
// "unsure": the child branch is not left by contradiction. A disputed age may differ from the papers.
function ages(moment: Moment, answers: JsonObject): Fault[] {
  const given = (key: string): Json | undefined => objectOf(answers[key]).value;
  const [under18, band, years] = [given('d_under_18'), given('d_age_band'), given('d_age_years')];
  const disputed = given('d_age_basis') === 'disputed';
  const youngBand = band === 'under_15' || band === '15_17';
  const saysNo = under18 === 'no';
  const saysYes = under18 === 'yes' && !disputed;
  const wrong: string[] = [];
  if (typeof band === 'string' && (saysNo ? youngBand : saysYes && band !== '' && !youngBand)) wrong.push('d_age_band');
  if (typeof years === 'number' && (saysNo ? years < 18 : saysYes && years >= 18)) wrong.push('d_age_years');
  const range = ageFromBirth(moment, given('d_birth_date'));
  if (range !== null) {
    const { least, greatest } = range;
    const apart = typeof years === 'number' && !disputed && (years < least - ageLeeway || years > greatest + ageLeeway);
    if ((saysNo && greatest < 18) || (saysYes && least >= 18) || apart) wrong.push('d_birth_date');
  }
  return wrong.map((key) => ({ pointer: `/answers/${key}`, keyword: 'x-consistent' }));
}

// The least and the greatest age today that a date of birth allows, of which month and day may be missing.
function ageFromBirth({ today }: Moment, birth: Json | undefined): { least: number; greatest: number } | null {
  if (typeof birth !== 'string' || !/^\d{4}/.test(birth) || birth > today.slice(0, birth.length)) return null;
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4));
  if (birth.length !== today.length) return { least: years - 1, greatest: years };
  const age = birth.slice(4) > today.slice(4) ? years - 1 : years;
  return { least: age, greatest: age };
}

/** The members of a row of a repeated answer, in the order of the form. */
export function membersOf(element: JsonObject): { name: string; schema: JsonObject; required: boolean }[] {
  const required = listOf(element.required);
  return Object.entries(objectOf(element.properties)).map(([name, schema]) => ({ name, schema: objectOf(schema), required: required.includes(name) }));
}
