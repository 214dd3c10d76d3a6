// The form as a machine: which questions the answers so far call for, what is wrong with them, and what is sent. The published schema is
// the only source of it. The service judges the same body by the same schema and the same further rules; fixtures that both run hold
// that the two agree.

import { type CodeListName, codeLists } from './lists.ts';
import { Validator, type Schema } from '@cfworker/json-schema';

import type { Answer, Answers, Draft, ScreeningBody } from '../draft.ts';
import { faultsOf, type Node, nodeOf, semanticFaults } from './rules.ts';
import { branches, type CodeEntry, type Json, type JsonObject, listOf, lowered, objectOf, stringOf } from './schema.ts';

/** Where an answer breaks which rule. Nothing of the answer is in it. */
export interface Fault {
  /** A JSON Pointer into the body; for a member that is missing, the place where it should be. */
  pointer: string;
  /** The keyword of the schema, or one of the service's further rules, such as `x-not-future`. */
  keyword: string;
}

/** A question of the form. */
export interface Item {
  key: string;
  section: string;
  /** How it is asked: radios, checkboxes, code, codes, items, number, text, textarea, partial-date or repeat. */
  widget: string;
  /** The schema of its value, references followed. */
  value: JsonObject;
  /** The whole schema of the item. */
  schema: JsonObject;
  /** Whether "yes" calls for action at once. */
  urgent: boolean;
  /** Whether the person is asked it, so that it is shown and read to them in their language. */
  spoken: boolean;
  /** Whether it has to be answered as such: that a person declines is no answer to it. */
  answeredOnly: boolean;
}

/** A form that is ready to be filled in. */
export interface Form {
  name: string;
  version: number;
  /** The sections in their order, each with the keys of its items. */
  sections: readonly { id: string; items: readonly string[] }[];
  items: ReadonlyMap<string, Item>;
  root: Node;
  schema: JsonObject;
  codes: ReadonlyMap<string, ReadonlySet<string>>;
}

const most = 50; // faults of one body

/** Prepares a form from its published schema and the code lists. */
export function openForm(published: Json, lists: Readonly<Record<CodeListName, readonly CodeEntry[]>>): Form {
  const schema = lowered(objectOf(published));
  const judged = withoutFormats(schema);
  const sections = listOf(schema['x-sections']).map(objectOf).map((each) => ({ id: stringOf(each.id), items: listOf(each.items).map(stringOf) }));
  const members = objectOf(schema.properties);
  const items = itemsOf(objectOf(objectOf(judged.properties).answers), sections);
  const codes = new Map(codeLists.map((list): [string, Set<string>] => [list, new Set(lists[list].map(({ code }) => code))]));
  codes.set('items', new Set(items.keys()));
  return {
    name: stringOf(objectOf(members.form).const), version: Number(objectOf(members.version).const), sections, items, root: nodeOf(schema),
    schema: judged, codes,
  };
}

function itemsOf(answers: JsonObject, sections: Form['sections']): Map<string, Item> {
  const schemas: Record<string, JsonObject> = {};
  collect(answers, schemas);
  const items = new Map<string, Item>();
  for (const { id, items: keys } of sections) {
    for (const key of keys) items.set(key, itemOf(key, id, schemas[key] ?? {}));
  }
  return items;
}

function collect(schema: JsonObject, into: Record<string, JsonObject>): void {
  for (const [key, each] of Object.entries(objectOf(schema.properties))) into[key] = objectOf(each);
  for (const branch of branches(schema)) collect(branch, into);
}

function itemOf(key: string, section: string, schema: JsonObject): Item {
  return {
    key, section, schema, widget: stringOf(schema['x-widget']), value: valueOf(schema) ?? {}, urgent: schema['x-urgent'] === true,
    spoken: schema['x-audio'] !== undefined, answeredOnly: objectOf(objectOf(schema.properties).state).const === 'answered',
  };
}

function valueOf(schema: JsonObject): JsonObject | null {
  const value = objectOf(schema.properties).value;
  if (value !== undefined) return objectOf(value);
  for (const branch of branches(schema)) {
    const found = valueOf(branch);
    if (found !== null) return found;
  }
  return null;
}

// Dates and times are judged with the further rules: what the validator's own formats take differs from what the service takes.
function withoutFormats(value: JsonObject): JsonObject {
  const strip = (each: Json): Json => {
    if (Array.isArray(each)) return each.map(strip);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).filter(([keyword]) => keyword !== 'format').map(([keyword, v]) => [keyword, strip(v ?? null)]));
  };
  return objectOf(strip(value));
}

/** What the answers so far make of the form: the items that are asked, and those among them that have to be. */
export interface Asked {
  keys: ReadonlySet<string>;
  required: ReadonlySet<string>;
}

/** The items that the answers call for. What an answer has made irrelevant counts as if it were not there. */
export function asked(form: Form, answers: Answers): Asked {
  const schema = objectOf(objectOf(form.schema.properties).answers);
  let counted = answers;
  for (;;) {
    const applying = applied(schema, counted as unknown as Json, []);
    const keys = new Set(applying.flatMap((each) => Object.keys(objectOf(each.properties))));
    const kept = Object.fromEntries(Object.entries(counted).filter(([key]) => keys.has(key)));
    if (Object.keys(kept).length === Object.keys(counted).length) {
      return { keys, required: new Set(applying.flatMap((each) => listOf(each.required).map(stringOf))) };
    }
    counted = kept; // without what fell away, another condition may hold
  }
}

/** The answers to questions that are asked. */
export function relevant(form: Form, answers: Answers): Answers {
  const { keys } = asked(form, answers);
  return Object.fromEntries(Object.entries(answers).filter(([key]) => keys.has(key)));
}

// The schema and all that it brings to bear on a value: its allOf, and of each condition the branch that the value takes.
function applied(schema: JsonObject, value: Json, out: JsonObject[]): JsonObject[] {
  out.push(schema);
  for (const each of listOf(schema.allOf)) applied(objectOf(each), value, out);
  if (schema.if === undefined) return out;
  const branch = holds(objectOf(schema.if), value) ? schema.then : schema.else;
  if (branch !== undefined) applied(objectOf(branch), value, out);
  return out;
}

const conditions = new WeakMap<JsonObject, Validator>();

function holds(condition: JsonObject, value: Json): boolean {
  const validator = conditions.get(condition) ?? new Validator(condition as Schema, '2020-12');
  conditions.set(condition, validator);
  return validator.validate(value).valid;
}

/** What is wrong with a body at a moment: nothing exactly when the service accepts it. */
export function check(form: Form, body: Json, now: Date): Fault[] {
  const found = schemaFaults(form.schema, form.root, body);
  return sorted([...found, ...unless(found, semanticFaults(form, body, now))]);
}

/** What is wrong with one answer, apart from the others. Pointers begin at the answer. */
export function checkAnswer(form: Form, key: string, answer: Answer, now: Date): Fault[] {
  const item = form.items.get(key);
  const node = form.root.members.get('answers')?.members.get(key);
  if (item === undefined || node === undefined) throw new Error('the form has no such item');
  const value = answer as unknown as Json;
  const found = schemaFaults(item.schema, node, value);
  return sorted([...found, ...unless(found, faultsOf(form, value, node, now))]);
}

// Where the schema has refused a value already, a second reason is noise.
function unless(refused: readonly Fault[], further: readonly Fault[]): Fault[] {
  const pointers = new Set(refused.map(({ pointer }) => pointer));
  return further.filter(({ pointer }) => !pointers.has(pointer));
}

function schemaFaults(schema: JsonObject, node: Node, value: Json): Fault[] {
  const validator = judges.get(schema) ?? new Validator(schema as Schema, '2020-12', false);
  judges.set(schema, validator);
  const { valid, errors } = validator.validate(value);
  if (valid) return [];
  const excess = tooMuch(node, value, '');
  if (excess.length > 0) return excess;
  const found = errors.filter(({ keyword }) => !applicators.has(keyword)).map(({ instanceLocation, keyword, error }) => ({
    pointer: keyword === 'required' ? `${instanceLocation.slice(1)}/${missingMember(error)}` : instanceLocation.slice(1),
    keyword: keyword === 'enum' ? 'oneOf' : keyword,
  }));
  const wrongType = new Set(found.filter(({ keyword }) => keyword === 'type').map(({ pointer }) => pointer));
  const specific = found.filter(({ pointer, keyword }) => keyword === 'type' || !wrongType.has(pointer));
  return [...specific, ...extras(schema, value, '')];
}

const judges = new WeakMap<JsonObject, Validator>();

// Keywords that only pass on what is beneath them. A failed answer makes the validator forget every member that its branch had allowed,
// and report each; members that should not be there are found by themselves.
const applicators = new Set(['$ref', 'allOf', 'if', 'items', 'properties', 'unevaluatedProperties', 'false']);

function missingMember(error: string): string {
  return /"([^"]+)"/.exec(error)?.[1] ?? '';
}

// The objects that have a member which does not belong there. Such members are not looked into.
function extras(schema: JsonObject, value: Json, pointer: string): Fault[] {
  const applying = applied(schema, value, []);
  if (Array.isArray(value)) {
    return applying.filter((each) => each.items !== undefined)
      .flatMap((each) => value.flatMap((element, i) => extras(objectOf(each.items), element, `${pointer}/${i}`)));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]): Fault[] => {
    const rule = applying.map((each) => objectOf(each.properties)[name]).find((each) => each !== undefined);
    if (rule !== undefined) return extras(objectOf(rule), member ?? null, `${pointer}/${name}`);
    return schema.unevaluatedProperties === false ? [{ pointer, keyword: 'unevaluatedProperties' }] : [];
  });
}

// Lists that are longer than the form allows, and objects that have a great many members which it does not know: refused for that alone.
function tooMuch(node: Node, value: Json, pointer: string): Fault[] {
  if (Array.isArray(value)) {
    const { element, maxItems } = node;
    if (element === null) return [];
    if (value.length > maxItems) return [{ pointer, keyword: 'maxItems' }];
    return value.flatMap((each, i) => tooMuch(element, each, `${pointer}/${i}`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value).map(([name, member]) => ({ name, member: member ?? null, rule: node.members.get(name) }));
  const unknown = members.filter(({ rule }) => rule === undefined).length;
  return [
    ...members.flatMap(({ name, member, rule }) => (rule === undefined ? [] : tooMuch(rule, member, `${pointer}/${name}`))),
    ...(unknown > most ? [{ pointer, keyword: 'unevaluatedProperties' }] : []),
  ];
}

function sorted(faults: Fault[]): Fault[] {
  const unique = new Map(faults.map((fault) => [`${fault.pointer}\n${fault.keyword}`, fault]));
  return [...unique.values()].sort((a, b) => compare(a.pointer, b.pointer) || compare(a.keyword, b.keyword)).slice(0, most);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a finished interview is sent as. */
export function body(draft: Draft, form: Form, recordedAt: Date): ScreeningBody {
  return {
    form: form.name,
    version: form.version,
    occurred_at: draft.occurredAt ?? draft.startedAt,
    recorded_at: recordedAt.toISOString(),
    province: draft.province ?? '',
    ...(draft.incidentId !== undefined && { incident_id: draft.incidentId }),
    answers: relevant(form, draft.answers),
  };
}
