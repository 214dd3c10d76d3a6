// The languages in which a person can be shown and read the questions, and what lists of codes call them.

/** A language of the person's words. */
export interface PersonLanguage {
  /** The tag of its texts, such as `my`. */
  tag: string;
  /** Its code in the form, ISO 639-3. */
  code: string;
  /** Its name in its own script. */
  name: string;
}

/** The languages that there are words in, each named in its own script. */
export const personLanguages: readonly PersonLanguage[] = [
  { tag: 'th', code: 'tha', name: 'ไทย' },
  { tag: 'my', code: 'mya', name: 'မြန်မာ' },
  { tag: 'km', code: 'khm', name: 'ខ្មែរ' },
  { tag: 'lo', code: 'lao', name: 'ລາວ' },
  { tag: 'vi', code: 'vie', name: 'Tiếng Việt' },
  { tag: 'en', code: 'eng', name: 'English' },
];

/** The tag for a code of the form; empty where there are no words in that language. */
export function tagOf(code: string): string {
  return personLanguages.find((each) => each.code === code)?.tag ?? '';
}
