// Words, dates and numbers in the reader's language.

const languages = ['th', 'en'];
const storageKey = 'songtor.language';

// Thai dates count Buddhist years and are written with European digits, as Thai offices do. British English puts the day first.
const locales = { th: 'th-TH-u-ca-buddhist-nu-latn', en: 'en-GB' };
const timeZone = 'Asia/Bangkok';

const catalogues = {};
let current = languages[0];

/** The language in use: "th" or "en". */
export function language() {
  return current;
}

/** The language chosen before, else the browser's first one that there is, else Thai. */
export function preferredLanguage() {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return wanted.find((tag) => languages.includes(tag)) ?? languages[0];
}

function remembered() {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

/** Loads the texts of every language. They are small, and switching then needs no connection. */
export async function loadTexts() {
  await Promise.all(languages.map(async (tag) => { catalogues[tag] = await loadCatalogue(tag); }));
}

/** Switches to a language. */
export function useLanguage(tag) {
  current = tag;
  document.documentElement.lang = tag;
}

/** Keeps a language for the next visit. */
export function rememberLanguage(tag) {
  try {
    localStorage.setItem(storageKey, tag);
  } catch {
    // Without storage the next visit starts in the browser's language.
  }
}

async function loadCatalogue(tag) {
  const answer = await fetch(`text.${tag}.json`);
  if (!answer.ok) throw new Error(`couldn't load the texts in ${tag}: status ${answer.status}`);
  return answer.json();
}

/** The text of a key, with {name} replaced by values.name. */
export function t(key, values = {}) {
  const text = catalogues[current][key];
  if (text === undefined) throw new Error(`no text ${key} in ${current}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The words for a code of a closed list, such as a status; the code itself where a newer service sends one unknown here. */
export function word(list, code) {
  return catalogues[current][`${list}.${code}`] ?? code;
}

/** Puts the current language's words into every element under root that names its text by data-text or data-label. */
export function translate(root) {
  for (const element of root.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of root.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(element.dataset.label));
}

/** A date and time in words, in Thai time; null for null. */
export function dateTime(iso) {
  return timeElement(iso, { dateStyle: 'medium', timeStyle: 'short' });
}

/** A date in words, in Thai time; null for null. */
export function date(iso) {
  return timeElement(iso, { dateStyle: 'medium' });
}

function timeElement(iso, options) {
  if (!iso) return null;
  const element = document.createElement('time');
  element.dateTime = iso;
  element.textContent = new Intl.DateTimeFormat(locales[current], { ...options, timeZone }).format(new Date(iso));
  return element;
}

/** A number with the language's separators. */
export function number(n) {
  return new Intl.NumberFormat(current === 'th' ? 'th-TH-u-nu-latn' : 'en-GB').format(n);
}
