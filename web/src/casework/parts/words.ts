// What casework says of codes, in the language of the moment.

import { language, number, texts, word as wordOf } from '../../lib/i18n.ts';
import { agency, nameIn } from '../../lib/names.ts';
import type { Reader } from '../model.ts';

/** The words for a code of one of casework's closed lists. */
export function word(list: string, code: string): string {
  return wordOf('casework', list, code);
}

/** The name of a command. */
export function commandLabel(command: string): string {
  return wordOf('decide', 'command', command);
}

/** Several codes of a list, in words. */
export function words(list: string, codes: readonly string[]): string {
  return codes.map((code) => word(list, code)).join(', ');
}

/** Whose a case or a task is, as far as a reader may know: the service names accounts by id alone. */
export function holder(account: string | undefined, reader: Reader): string {
  const t = texts('casework');
  if (!account) return t('assignee.none');
  return account === reader.id ? t('assignee.me') : t('assignee.other');
}

/** The kinds of data that go along, in words. None named stands for all that the consent allows. */
export function dataWords(data: readonly string[] | null | undefined): string {
  return data?.length ? words('data', data) : texts('casework')('data.all');
}

/** The kinds of data that went along with a referral and are open to its receiver: none once the person has taken them back. */
export function openWords(data: readonly string[]): string {
  return data.length > 0 ? words('data', data) : texts('casework')('data.none');
}

/** What a withdrawal takes back: the consent to a purpose, or all of it but some kinds of data. */
export function withdrawnWords({ purpose, left }: { purpose: string; left?: readonly string[] }): string {
  return left?.length ? texts('casework')('withdrawal.left', { purpose: word('purpose', purpose), data: words('data', left) }) : word('purpose', purpose);
}

/** Services by their names. */
export function serviceNames(codes: readonly string[]): string {
  return codes.map((code) => nameIn('services', code)).join(', ');
}

/** Agencies by their names, in the order of the language. */
export function agencyNames(codes: readonly string[]): string {
  return codes.map(agency).sort((a, b) => a.localeCompare(b, language.value)).join(', ');
}

/** Kinds of evidence for and against that two cases are of one person. */
export function evidenceWords(kinds: readonly string[] | null | undefined): string {
  return kinds?.length ? words('evidence', kinds) : texts('casework')('evidence.none');
}

const reasonLists = ['decline-reasons', 'service-decline-reasons'] as const;
const reasonWords = [
  'close_reason', 'reopen_reason', 'pause_reason', 'end_reason', 'revoke_reason', 'reassess_reason', 'leave_reason', 'correction_reason', 'glass_reason',
  'erasure_reason',
];

/** A reason in words, whichever list it is from. */
export function reasonText(code: string): string {
  const names = [...reasonLists.map((list) => nameIn(list, code)), ...reasonWords.map((list) => word(list, code))];
  return names.find((name) => name !== code) ?? code;
}

/** A number of minutes as hours and minutes, as limits are said. */
export function spanOf(minutes: number): string {
  const t = texts('casework');
  const inHours = minutes % 60 === 0;
  const n = inHours ? minutes / 60 : minutes;
  return t(`${inHours ? 'hours' : 'minutes'}.${n === 1 ? 'one' : 'other'}`, { n });
}

/** An amount of money; a baht has a hundred satang. */
export function baht(satang: number): string {
  return texts('decide')('amount.baht', { amount: number(satang / 100, { minimumFractionDigits: 2 }) });
}
