// What was written down beside an event: notes, interviews, assessments, plans. What is sealed to the reader is said to be so.

import { useCallback } from 'preact/hooks';

import { language, texts, useText, word as wordOf } from '../../lib/i18n.ts';
import { agency, type List, nameIn } from '../../lib/names.ts';
import { type Fact, SummaryList } from '../../parts/index.ts';
import { form } from '../form.ts';
import { useLoading } from '../loading.ts';
import { baht, word } from '../parts/words.ts';

/** Says a code in words; the code itself where it knows none. */
type Words = (code: string) => string;

/** The parts of a record. Of what was filled in with a form, its `version` has the words. */
export function RecordParts({ parts, version }: { parts: Record<string, unknown>; version: number | null }) {
  const t = useText('casework');
  const choices = useChoices(version);
  return (
    <>
      {Object.entries(parts).map(([name, value]) => (value === null
        ? <p class="govuk-body" key={name}>{t('sealed')}</p> : <SummaryList plain key={name} facts={flat(name, value, choices)} />))}
    </>
  );
}

type Choices = Record<string, Record<string, string>>;

// What can be chosen in a version of the form, in its words; nothing until they have come.
function useChoices(version: number | null): Choices {
  const { loaded } = useLoading(`${version} ${language.value}`, useCallback(async () =>
    (version === null ? {} : (await form(version, language.value)).text.choices), [version]), false);
  return loaded.state === 'ready' ? loaded.value : {};
}

// The values of a record with the names of their fields.
function flat(name: string, value: unknown, choices: Choices): Fact[] {
  if (value === null || value === undefined || value === '') return [];
  const fact = (lines: string[]): Fact[] => [{ term: word('part_name', name), value: <span class="prose">{lines.join(name === 'items' ? '\n' : ', ')}</span> }];
  if (name === 'items') return fact((value as Item[]).map(itemWords));
  if (typeof value !== 'object') return fact([inWords(name, String(value), choices)]);
  if (!Array.isArray(value)) return Object.entries(value).flatMap(([inner, more]) => flat(inner, more, choices));
  return value.some((one) => typeof one === 'object') ? value.flatMap((one) => flat(name, one, choices))
    : fact(value.map((one) => inWords(name, String(one), choices)));
}

// What money is claimed for.
interface Item { code: string; amount?: number }

function itemWords({ code, amount }: Item): string {
  const name = nameIn('fund-items', code);
  return amount === undefined ? name : `${name}: ${baht(amount)}`;
}

const from = (list: List): Words => (code) => nameIn(list, code);
const among = (list: string): Words => (code) => word(list, code);
const found = among('assessment');

// Where the words for a field's codes are. What another field holds, somebody wrote.
const fields: Record<string, Words> = {
  language: from('languages'), country: from('countries'), topics: from('information-topics'), adjustments: from('accommodations'), code: from('services'),
  needs: among('need'), danger: among('danger'), outcome: among('outcome'), act: found, means: found, purpose: found, s6_1_compulsion: found, agency,
  kind: (code) => wordOf('decide', 'representative', code),
  understood: (code) => texts('casework')(code === 'true' ? 'answer.yes' : 'answer.no'),
};

// The lists of the form from which a field may come: an officer at a desk writes in words what a responder chose.
const chosen: Record<string, string> = { interpreter: 'interpreter_kind', reason: 'refusal_reason' };

function inWords(field: string, text: string, choices: Choices): string {
  return choices[chosen[field] ?? '']?.[text] ?? fields[field]?.(text) ?? text;
}
