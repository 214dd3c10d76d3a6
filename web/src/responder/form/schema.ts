// The published schema of a form as the page reads it: references followed, choices as lists, each item with all that is said of it.

/** JSON. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json | undefined;
}

/** An entry of a code list. */
export interface CodeEntry {
  code: string;
  en: string;
  th: string;
}

/** How good texts are. What is no official translation says so wherever it is shown. */
export interface TextStatus {
  status: 'official' | 'reviewed' | 'draft';
  official: boolean;
  language: string;
  note: string;
  /** Items whose words stand otherwise. */
  items?: Record<string, { status: 'official' | 'reviewed' | 'draft'; note: string }>;
}

/** The words of a form in one language. */
export interface FormText {
  _status: TextStatus;
  form: { title: string };
  body: Record<string, Words>;
  sections: Record<string, { title: string; intro?: string }>;
  items: Record<string, Words>;
  members: Record<string, Record<string, string>>;
  choices: Record<string, Record<string, string>>;
}

export interface Words {
  label: string;
  help?: string;
}

/** The object that a value is; of what is none, one without members. */
export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The list that a value is; of what is none, an empty one. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const deepest = 64; // levels of references before they go round in a circle

/**
 * Rewrites a published schema into one that means the same and is quicker to read: references are replaced by what they name, and a
 * choice (oneOf of constants) becomes an enum. The service does the same before it judges.
 */
export function lowered(published: JsonObject): JsonObject {
  const whole = objectOf(lower(published, published, 0));
  delete whole.$defs;
  return whole;
}

function lower(root: JsonObject, value: Json, depth: number): Json {
  if (depth > deepest) throw new Error('the references of the form go round in a circle');
  if (Array.isArray(value)) return value.map((each) => lower(root, each, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return lowerObject(root, value, depth);
}

function lowerObject(root: JsonObject, value: JsonObject, depth: number): Json {
  if (typeof value.$ref === 'string') {
    const { $ref: reference, ...annotations } = value;
    const target = named(root, reference as string);
    const choices = stringOf(target['x-i18n']).startsWith('choices.') ? { 'x-choices': target['x-i18n'] } : {}; // a member has a name of its own
    return lower(root, { ...target, ...choices, ...annotations }, depth + 1);
  }
  const out: JsonObject = {};
  for (const [keyword, each] of Object.entries(value)) {
    if (keyword === '$id' || keyword === '$defs' || each === undefined) continue;
    out[keyword] = lower(root, each, depth + 1);
  }
  return choiceToEnum(out);
}

function named(root: JsonObject, reference: string): JsonObject {
  const name = /^#\/\$defs\/(.+)$/.exec(reference)?.[1];
  const target = name === undefined ? undefined : objectOf(root.$defs)[name];
  if (target === undefined) throw new Error('the form refers to what is not in it');
  return objectOf(target);
}

function choiceToEnum(schema: JsonObject): JsonObject {
  if (!Array.isArray(schema.oneOf)) return schema;
  const { oneOf, ...rest } = schema;
  const values = listOf(oneOf).map((branch) => objectOf(branch).const);
  return values.every((each) => each !== undefined) ? { ...rest, enum: values as Json[] } : schema;
}

/** The schemas that may add members to what a schema describes. */
export function branches(schema: JsonObject): JsonObject[] {
  return [schema.then, schema.else, ...listOf(schema.allOf)].filter((each) => each !== undefined).map(objectOf);
}
