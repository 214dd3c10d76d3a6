// What was written down beside an event: notes, interviews, assessments, plans. What is sealed to the reader is said to be so.

import { useText } from '../../lib/i18n.ts';
import { nameIn } from '../../lib/names.ts';
import { type Fact, SummaryList } from '../../parts/index.ts';
import { word } from '../parts/words.ts';

/** The parts of a record. */
export function RecordParts({ parts }: { parts: Record<string, unknown> }) {
  const t = useText('casework');
  return (
    <>
      {Object.entries(parts).map(([name, value]) => (value === null
        ? <p class="govuk-body" key={name}>{t('sealed')}</p> : <SummaryList plain key={name} facts={flat(name, value)} />))}
    </>
  );
}

// The values of a record with the names of their fields.
function flat(name: string, value: unknown): Fact[] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value !== 'object') return [{ term: word('part_name', name), value: <span class="prose">{inWords(String(value))}</span> }];
  if (Array.isArray(value)) {
    if (value.some((one) => typeof one === 'object')) return value.flatMap((one) => flat(name, one));
    return [{ term: word('part_name', name), value: value.map((one) => inWords(String(one))).join(', ') }];
  }
  return Object.entries(value).flatMap(([inner, more]) => flat(inner, more));
}

const lists = ['need', 'danger', 'assessment', 'outcome'];

function inWords(code: string): string {
  const names = [...lists.map((list) => word(list, code)), nameIn('languages', code), nameIn('information-topics', code)];
  return names.find((name) => name !== code) ?? code;
}
