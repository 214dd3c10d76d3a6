// A filled form as it is read: section by section, question and answer in words. The words are those of the form's own version, so that an
// old case reads as it was taken.

/** The parts of a form's schema that are read here. */
export interface FormSchema {
  'x-sections': { id: string; items: string[] }[];
  $defs: Record<string, Node>;
  [name: string]: unknown;
}

interface Node {
  $ref?: string;
  type?: string;
  items?: Node;
  properties?: Record<string, Node>;
  allOf?: { then?: Node }[];
  'x-i18n'?: string;
  'x-codes'?: string;
  'x-urgent'?: boolean;
  'x-widget'?: string;
}

/** The words of a form in one language. */
export interface FormText {
  sections: Record<string, { title: string }>;
  items: Record<string, { label: string }>;
  members: Record<string, Record<string, string>>;
  choices: Record<string, Record<string, string>>;
}

export interface Answer {
  state: string;
  value?: unknown;
  source?: string;
}

export type Answers = Record<string, Answer>;

/** What is shown of one question. */
export interface Row {
  item: string;
  label: string;
  state: string; // answered, declined, unknown, not_asked or not_applicable
  values: string[]; // the answer in words, several where several were chosen
  entries: { label: string; value: string }[][]; // of a question that is answered by a list of things
  source: string | null; // where the answer comes from, in words
  urgent: boolean; // an answer on which somebody has to act at once
}

export interface Section {
  id: string;
  title: string;
  rows: Row[];
}

/** Puts a code of one of the service's lists, which a form names, into words. */
export type NameOf = (list: string, code: string) => string;

export interface Words {
  text: FormText;
  nameOf: NameOf;
  yes: string;
  no: string;
}

/** The sections of a form that have answers, in its order. */
export function sections(schema: FormSchema, answers: Answers, words: Words): Section[] {
  const items = itemsOf(schema);
  return schema['x-sections']
    .map(({ id, items: names }) => ({
      id, title: words.text.sections[id]?.title ?? id,
      rows: names.flatMap((item) => {
        const answer = answers[item];
        return answer === undefined ? [] : [row(schema, item, items.get(item), answer, words)];
      }),
    }))
    .filter(({ rows }) => rows.length > 0);
}

/** One answer to one question of a form. */
export function rowOf(schema: FormSchema, item: string, answer: Answer, words: Words): Row {
  return row(schema, item, itemsOf(schema).get(item), answer, words);
}

// Every question of a form with its node, wherever a rule brings it in.
function itemsOf(schema: FormSchema): Map<string, Node> {
  const wanted = new Set(schema['x-sections'].flatMap(({ items }) => items));
  const found = new Map<string, Node>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, inner] of Object.entries(node)) {
      if (wanted.has(name) && isQuestion(inner)) found.set(name, inner);
      visit(inner);
    }
  };
  visit(schema);
  return found;
}

function isQuestion(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && '$ref' in node && 'x-widget' in node;
}

function row(schema: FormSchema, item: string, node: Node | undefined, answer: Answer, words: Words): Row {
  const kind = valueNode(schema, node);
  const list = Array.isArray(answer.value) ? answer.value : answer.value === undefined ? [] : [answer.value];
  const isGroup = list.some((one) => typeof one === 'object' && one !== null);
  return {
    item, label: words.text.items[item]?.label ?? item, state: answer.state,
    values: isGroup ? [] : list.map((one) => inWords(kind, one, words)),
    entries: isGroup ? list.map((one) => members(schema, kind, one as Record<string, unknown>, words)) : [],
    source: answer.source === undefined ? null : words.text.choices['source']?.[answer.source] ?? answer.source,
    urgent: node?.['x-urgent'] === true && answer.value === 'yes',
  };
}

// What kind of value answers a question; for a list what kind its members are.
function valueNode(schema: FormSchema, question: Node | undefined): Node | undefined {
  const answer = resolved(schema, question);
  const value = answer?.properties?.['value'] ?? answer?.allOf?.find(({ then }) => then?.properties?.['value'])?.then?.properties?.['value'];
  return resolved(schema, value?.type === 'array' ? value.items : value);
}

function resolved(schema: FormSchema, node: Node | undefined): Node | undefined {
  const name = node?.$ref?.split('/').at(-1);
  return name === undefined ? node : schema.$defs[name];
}

function inWords(kind: Node | undefined, value: unknown, { text, nameOf, yes, no }: Words): string {
  if (typeof value === 'boolean') return value ? yes : no;
  const code = String(value);
  const codes = kind?.['x-codes'];
  if (codes === 'items') return text.items[code]?.label ?? code;
  if (codes !== undefined) return nameOf(codes, code);
  const list = kind?.['x-i18n']?.split('.');
  return list?.[0] === 'choices' ? text.choices[list[1] ?? '']?.[code] ?? code : code;
}

function members(schema: FormSchema, group: Node | undefined, entry: Record<string, unknown>, words: Words): { label: string; value: string }[] {
  return Object.entries(entry).map(([name, value]) => {
    const node = group?.properties?.[name];
    const [, kind, member] = node?.['x-i18n']?.split('.') ?? [];
    const list = Array.isArray(value) ? value : [value];
    const inner = resolved(schema, node);
    const of = inner?.type === 'array' ? resolved(schema, inner.items) : inner;
    return {
      label: words.text.members[kind ?? '']?.[member ?? ''] ?? name,
      value: list.map((one) => inWords(of, one, words)).join(', '),
    };
  });
}

/** The value of an answer that was given; undefined where it was declined, not asked or is not shown. */
export function given(answers: Answers | null | undefined, item: string): unknown {
  const answer = answers?.[item];
  return answer?.state === 'answered' ? answer.value : undefined;
}
