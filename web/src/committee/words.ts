// The words and numbers of the committee's pages in one language. Findings are written with these, so that they can be written, and
// tested, without a page.

export type Values = Record<string, string | number>;

export interface Words {
  /** The text of a key, its {holes} filled. */
  t(key: string, values?: Values): string;
  /** The words for a code of a list; the code itself where a release has one that is not known here. */
  word(list: string, code: string): string;
  number(n: number): string;
  /** A share between 0 and 1 as a whole per cent. Only nothing is 0 %, and only everything 100 %. */
  percent(share: number): string;
  /** A half-year in full, such as "January to June 2026". */
  period(id: string): string;
  /** A half-year where there is little room, such as "H1 2026". */
  shortPeriod(id: string): string;
}

const buddhistEra = 543;
const tags = { th: 'th-TH-u-nu-latn', en: 'en-GB' };

/** Makes the words of a language from how it looks up a text and a code. */
export function wordsOf(language: 'th' | 'en', t: Words['t'], word: Words['word']): Words {
  const tag = tags[language];
  const numbers = new Intl.NumberFormat(tag);
  const percents = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
  const named = (id: string, form: string) => {
    const parts = /^(\d{4})-H([12])$/.exec(id);
    if (!parts) return id;
    return t(`period.h${parts[2]}${form}`, { year: Number(parts[1]) + (language === 'th' ? buddhistEra : 0) });
  };
  return {
    t,
    word,
    number: (n) => numbers.format(n),
    percent: (share) => {
      if (share > 0 && share < 0.005) return t('percent.less');
      if (share < 1 && share >= 0.995) return t('percent.more');
      return percents.format(share);
    },
    period: (id) => named(id, ''),
    shortPeriod: (id) => named(id, '.short'),
  };
}

/** The words for a category of a dimension. */
export function category(words: Words, dimension: string, code: string): string {
  return words.word(`category.${dimension}`, code);
}

/** The people of a category as the subject of a sentence, such as "women and girls"; its label where it has no such words. */
export function subject(words: Words, dimension: string, code: string): string {
  const found = words.word(`subject.${dimension}`, code);
  return found === code ? category(words, dimension, code) : found;
}
