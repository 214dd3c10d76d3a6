// Words, dates and numbers in the reader's language.

const languages = ['th', 'en'];
const storageKey = 'songtor.language';

// Thai dates count Buddhist years and are written with European digits, as Thai offices do. British English puts the day first.
const locales = { th: 'th-TH-u-ca-buddhist-nu-latn', en: 'en-GB' };
const timeZone = 'Asia/Bangkok';
const aheadOfUTC = 7 * 3_600_000; // milliseconds, all year
const buddhistEra = 543;

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

// Dates. In Thai they count Buddhist years throughout. In English lists count common years, to be short; where a date has room, as on a
// case, it is written in full with both years, so that it can be compared with a Thai paper: "23 November 2569 BE (2026) 14:05".

/** A date and time in short, in Thai time; null for null. */
export function dateTime(iso) {
  return timeElement(iso, format({ dateStyle: 'medium', timeStyle: 'short' }));
}

/** A date in short, in Thai time; null for null. */
export function date(iso) {
  return timeElement(iso, format({ dateStyle: 'medium' }));
}

/** A date and time in full, in Thai time; null for null. */
export function fullDateTime(iso) {
  return timeElement(iso, inFull);
}

function timeElement(iso, write) {
  if (!iso) return null;
  const element = document.createElement('time');
  element.dateTime = iso;
  element.textContent = write(new Date(iso));
  return element;
}

function format(options) {
  return (moment) => new Intl.DateTimeFormat(locales[current], { ...options, timeZone }).format(moment);
}

function inFull(moment) {
  const written = (locale, options) => new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(moment);
  const buddhist = written(`${locales[current].split('-u-')[0]}-u-ca-buddhist-nu-latn`, { day: 'numeric', month: 'long', year: 'numeric' });
  const day = current === 'th' ? buddhist : `${buddhist} (${written('en-GB', { year: 'numeric' })})`;
  return t('date.full', { day, time: written('en-GB', { hour: '2-digit', minute: '2-digit' }) });
}

/**
 * The moment that somebody wrote as day, month, year and time of day in Thailand, as an ISO time; null where it is none. A year from
 * 2400 on counts Buddhist years. The digits of any script are read.
 */
export function momentFrom({ day, month, year, time }) {
  const [d, m, y] = [day, month, year].map(digits).map(Number);
  const clock = /^(\d{1,2})[:.](\d{2})$/.exec(digits(time));
  if (clock === null || ![d, m, y].every(Number.isInteger)) return null;
  const common = y >= 2400 ? y - buddhistEra : y;
  const [hour, minute] = [Number(clock[1]), Number(clock[2])];
  const midnight = new Date(Date.UTC(common, m - 1, d));
  const exists = midnight.getUTCFullYear() === common && midnight.getUTCMonth() === m - 1 && midnight.getUTCDate() === d;
  if (!exists || common < 1900 || hour > 23 || minute > 59) return null;
  return new Date(midnight.getTime() + (hour * 60 + minute) * 60_000 - aheadOfUTC).toISOString();
}

/** The parts of a moment as momentFrom reads them, in the years of the language. */
export function partsOfMoment(iso) {
  const local = new Date(new Date(iso).getTime() + aheadOfUTC);
  return {
    day: local.getUTCDate(),
    month: local.getUTCMonth() + 1,
    year: local.getUTCFullYear() + (current === 'th' ? buddhistEra : 0),
    time: local.toISOString().slice(11, 16),
  };
}

// Digits of the scripts of the region, each from its zero.
const zeros = ['๐', '໐', '၀', '០'].map((zero) => zero.codePointAt(0));

function digits(text) {
  return [...text.trim()].map((character) => {
    const zero = zeros.find((first) => character.codePointAt(0) >= first && character.codePointAt(0) < first + 10);
    return zero === undefined ? character : String(character.codePointAt(0) - zero);
  }).join('');
}

/** A span of time to the second, such as "3 days 04:12:05". */
export function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const days = Math.floor(seconds / 86_400);
  const clock = new Date(seconds % 86_400 * 1000).toISOString().slice(11, 19);
  return days === 0 ? clock : `${count('span', days)} ${clock}`;
}

/** The text of a number of things: list.one for one, list.other for any other number. */
export function count(list, n) {
  return t(`${list}.${n === 1 ? 'one' : 'other'}`, { n: number(n) });
}

/** A number with the language's separators. */
export function number(n) {
  return new Intl.NumberFormat(current === 'th' ? 'th-TH-u-nu-latn' : 'en-GB').format(n);
}
