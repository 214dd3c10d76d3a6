// The names that the service keeps as code lists: agencies, provinces, services, reasons and so on. They are read when they are first
// needed and drawn when they come.

import { signal } from '@preact/signals';

import type { operations } from './schema.d.ts';
import { read, type Schemas } from './api.ts';
import { language } from './i18n.ts';

export type Entry = Schemas['Code'];
export type List = operations['getCodes']['parameters']['path']['list'];

const lists = signal<ReadonlyMap<List, ReadonlyMap<string, Entry>>>(new Map());
const asked = new Set<List>();

/** The entries of a list, in its order; none until they have come. */
export function entries(list: List): Entry[] {
  ask(list);
  return [...(lists.value.get(list)?.values() ?? [])];
}

/** The name of a code in the language of the moment; the code itself until the list has come, or where it does not know it. */
export function nameIn(list: List, code: string): string {
  ask(list);
  return lists.value.get(list)?.get(code)?.[language.value] ?? code;
}

/** An agency's name. */
export function agency(code: string): string {
  return nameIn('agencies', code);
}

/** A province's name. */
export function province(code: string): string {
  return nameIn('provinces', code);
}

/** The entries of a list as the options of a question, sorted by their names where the list has no order of its own. */
export function optionsOf(list: List, { sorted = false } = {}): { value: string; label: string }[] {
  const options = entries(list).map((entry) => ({ value: entry.code, label: entry[language.value] }));
  return sorted ? options.sort((a, b) => a.label.localeCompare(b.label, language.value)) : options;
}

/** Loads lists before something is drawn that would look odd without them. */
export async function loadNames(...names: List[]): Promise<void> {
  await Promise.all(names.map(load));
}

/** Forgets the names, so that the next session reads those that are for it. */
export function forgetNames(): void {
  asked.clear();
  lists.value = new Map();
}

function ask(list: List): void {
  if (!asked.has(list)) queueMicrotask(() => void load(list));
}

async function load(list: List): Promise<void> {
  if (asked.has(list)) return;
  asked.add(list);
  try {
    const { items } = await read('/api/v1/codes/{list}', { list });
    lists.value = new Map(lists.value).set(list, new Map(items.map((entry) => [entry.code, entry])));
  } catch {
    asked.delete(list); // its codes are shown as they are; what is drawn next asks again
  }
}
