// Words for the tests of findings, from the catalogues that the page has.

import en from '../../../text/committee/en.json';
import th from '../../../text/committee/th.json';
import { type Words, wordsOf } from '../../../src/committee/words.ts';

function made(language: 'th' | 'en', catalogue: Record<string, string>): Words {
  return wordsOf(
    language,
    (key, values = {}) => {
      const text = catalogue[key];
      if (text === undefined) throw new Error(`no text ${key}`);
      return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
    },
    (list, code) => catalogue[`${list}.${code}`] ?? code,
  );
}

export const inEnglish = made('en', en);
export const inThai = made('th', th);
