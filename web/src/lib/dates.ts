// Dates. In Thai they count Buddhist years throughout and are written with European digits, as Thai offices do. In English lists count
// common years, to be short; where a date has room it is written in full with both years, so that it can be compared with a Thai paper.

import { europeanDigits } from './digits.ts';
import { count, language, texts } from './i18n.ts';

const locales = { th: 'th-TH-u-ca-buddhist-nu-latn', en: 'en-GB' };
const timeZone = 'Asia/Bangkok';
const aheadOfUTC = 7 * 3_600_000; // milliseconds, all year
const buddhistEra = 543;
const leastBuddhistYear = 2400;
const minute = 60_000; // milliseconds
const day = 86_400_000;

/** A date and time in short, in Thai time. */
export function dateTime(iso: string): string {
  return format(iso, { dateStyle: 'medium', timeStyle: 'short' });
}

/** A date in short, in Thai time. */
export function date(iso: string): string {
  return format(iso, { dateStyle: 'medium' });
}

/** A date with the name of its month in full, in Thai time. */
export function longDate(iso: string): string {
  return format(iso, { dateStyle: 'long' });
}

/** A date and time in full, with both years in English. */
export function fullDateTime(iso: string): string {
  const moment = new Date(iso);
  const written = (locale: string, options: Intl.DateTimeFormatOptions) => formatOf(locale, options).format(moment);
  const locale = { th: 'th-TH', en: 'en-GB' }[language.value];
  const buddhist = written(`${locale}-u-ca-buddhist-nu-latn`, { day: 'numeric', month: 'long', year: 'numeric' });
  const whole = language.value === 'th' ? buddhist : `${buddhist} (${written('en-GB', { year: 'numeric' })})`;
  return texts('common')('date.full', { day: whole, time: written('en-GB', { hour: '2-digit', minute: '2-digit' }) });
}

/** A due date in short, in Thai time. Midnight is written as the end of the day that is over then, which is the last to do it on. */
export function dueTime(iso: string): string {
  return endOfDay(iso, dateTime);
}

/** A due date in full, with both years in English. */
export function fullDueTime(iso: string): string {
  return endOfDay(iso, fullDateTime);
}

// A limit in working days is over at midnight, and the day of that moment is the one after the last.
function endOfDay(iso: string, write: (iso: string) => string): string {
  const moment = Date.parse(iso);
  if ((moment + aheadOfUTC) % day !== 0) return write(iso);
  return write(new Date(moment - minute).toISOString()).replace('23:59', '24:00');
}

function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  return formatOf(locales[language.value], options).format(new Date(iso));
}

const formats = new Map<string, Intl.DateTimeFormat>();

// A format takes longer to make than to use, and a list writes hundreds of dates.
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone });
  formats.set(name, made);
  return made;
}

/** A span of time to the second, such as "3 days 04:12:05". */
export function span(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const days = Math.floor(seconds / 86_400);
  const clock = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  return days === 0 ? clock : `${count('common', 'span', days)} ${clock}`;
}

/** How long until a moment or since it, in words: to the second when it is near, in days when it is not. */
export function remaining(iso: string, moment: number): { overdue: boolean; text: string } {
  const t = texts('common');
  const left = Date.parse(iso) - moment;
  if (left <= 0) return { overdue: true, text: t('due.overdue', { span: span(left) }) };
  return { overdue: false, text: t('due.left', { span: left < 2 * day ? span(left) : count('common', 'span', Math.floor(left / day)) }) };
}

/** A date as somebody wrote it into three boxes. */
export interface DateParts {
  day: string;
  month: string;
  year: string;
}

/**
 * The date that somebody wrote, as an ISO date; null where there is no such date. A year from 2400 on counts Buddhist years, and the
 * digits of any script are read.
 */
export function dateFrom({ day: d, month: m, year: y }: DateParts): string | null {
  const [dd, mm, year] = [d, m, y].map(wholeNumber);
  if (dd === null || mm === null || year === null || dd === undefined || mm === undefined || year === undefined) return null;
  const common = commonYear(year);
  const midnight = new Date(Date.UTC(common, mm - 1, dd));
  const exists = midnight.getUTCFullYear() === common && midnight.getUTCMonth() === mm - 1 && midnight.getUTCDate() === dd;
  return exists && common >= 1900 ? midnight.toISOString().slice(0, 10) : null;
}

/** The common year of one that counts from either era. */
export function commonYear(year: number): number {
  return year >= leastBuddhistYear ? year - buddhistEra : year;
}

function wholeNumber(text: string): number | null {
  const written = europeanDigits(text);
  return /^\d{1,4}$/.test(written) ? Number(written) : null;
}

/** The moment that somebody wrote as a date and a time of day in Thailand, as an ISO time; null where it is none. */
export function momentFrom(parts: DateParts & { time: string }): string | null {
  const date = dateFrom(parts);
  const clock = /^(\d{1,2})[:.](\d{2})$/.exec(europeanDigits(parts.time));
  if (date === null || clock === null) return null;
  const [hour, minute] = [Number(clock[1]), Number(clock[2])];
  if (hour > 23 || minute > 59) return null;
  return new Date(Date.parse(date) + (hour * 60 + minute) * 60_000 - aheadOfUTC).toISOString();
}

/** The parts of an ISO date, in the years of the language. */
export function partsOfDate(iso: string): DateParts {
  const [year = '', month = '', d = ''] = iso.slice(0, 10).split('-');
  return { day: String(Number(d)), month: String(Number(month)), year: String(Number(year) + (language.value === 'th' ? buddhistEra : 0)) };
}

/** The parts of a moment as momentFrom reads them, in Thai time and the years of the language. */
export function partsOfMoment(iso: string): DateParts & { time: string } {
  const local = new Date(Date.parse(iso) + aheadOfUTC).toISOString();
  return { ...partsOfDate(local), time: local.slice(11, 16) };
}
