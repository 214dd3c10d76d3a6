// The names of the provinces, as the service's own list has them.

import provinces from '../../../../schemas/codes/provinces.json';

const names = new Map(provinces.items.map(({ code, en, th }) => [code, { en, th }]));

/** The name of a province such as TH-50; its code where there is none. */
export function provinceName(code: string, language: 'th' | 'en'): string {
  return names.get(code)?.[language] ?? code;
}
