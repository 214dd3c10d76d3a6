// The names that the service keeps as code lists: agencies, provinces, services, reasons and so on.

import { read } from './api.js';
import { language } from './i18n.js';

const names = [
  'accommodations', 'agencies', 'claim-kinds', 'decline-reasons', 'information-topics', 'languages', 'link-kinds', 'provinces',
  'service-decline-reasons', 'services',
];
const lists = Object.fromEntries(names.map((name) => [name, new Map()]));

/** Loads the code lists. A list that cannot be had is left empty: its codes are then shown as they are. */
export async function loadNames() {
  await Promise.all(Object.keys(lists).map(loadList));
}

async function loadList(list) {
  if (lists[list].size > 0) return;
  try {
    const { items } = await read(`/codes/${list}`);
    for (const item of items) lists[list].set(item.code, item);
  } catch (error) {
    console.warn(`couldn't load the names of ${list}`, error);
  }
}

/** An agency's name in the current language. */
export function agency(code) {
  return nameOf(lists.agencies, code);
}

/** A province's name in the current language. */
export function province(code) {
  return nameOf(lists.provinces, code);
}

/** The name of a code of a list in the current language. */
export function nameIn(list, code) {
  return nameOf(lists[list], code);
}

/** The entries of a list, in its order. */
export function entries(list) {
  return [...lists[list].values()];
}

/** The entries of a list as the options of a field, sorted by their names where the list has no order of its own. */
export function optionsOf(list, { sorted = false } = {}) {
  const options = entries(list).map((entry) => ({ value: entry.code, label: entry[language()] }));
  return sorted ? options.sort((a, b) => a.label.localeCompare(b.label, language())) : options;
}

function nameOf(entriesByCode, code) {
  return entriesByCode.get(code)?.[language()] ?? code;
}
