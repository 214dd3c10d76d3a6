// The names of agencies and provinces, which the service keeps as code lists.

import { read } from './api.js';
import { language } from './i18n.js';

const lists = { agencies: new Map(), provinces: new Map() };

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

function nameOf(names, code) {
  return names.get(code)?.[language()] ?? code;
}
