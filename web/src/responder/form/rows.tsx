// Answers of which there are several, such as papers and contacts: a card for each. The page for one is in row.tsx.

import { texts } from '../../lib/i18n.ts';
import { ButtonLink, Radios, SummaryList, TextButton } from '../../parts/index.ts';
import type { Answer, Row, State } from '../draft.ts';
import { Aloud } from './aloud.tsx';
import type { Current } from './current.ts';
import type { Item } from './engine.ts';
import { at } from './path.ts';
import { membersOf } from './rules.ts';
import { type JsonObject, objectOf } from './schema.ts';
import { choiceName, formWords, memberLabel, valueWords } from './words.ts';

/** The rows of an answer; none where it has no value. */
export function rowsOf(given: Answer | undefined): Row[] {
  return Array.isArray(given?.value) ? (given.value as Row[]) : [];
}

interface RowsProps {
  id: string;
  open: Current;
  item: Item;
  given: Answer | undefined;
  onAnswer: (answer: Answer | null) => void;
}

/** The rows that there are, each to change or take away, and the way to another. */
export function Rows({ id, open, item, given, onAnswer }: RowsProps) {
  const t = texts('interview');
  const rows = rowsOf(given);
  const without = (i: number) => rows.filter((_, other) => other !== i);
  return (
    <>
      {item.spoken && <Aloud name={item.key} show={at(id, `show/${item.key}`)} />}
      {rows.map((row, i) => (
        <section class="card" key={i}>
          <h2 class="govuk-heading-s">{t('rows.nth', { n: i + 1 })}</h2>
          <SummaryList plain facts={factsOf(open, objectOf(item.value.items), row)} />
          <p class="card__ways">
            <a class="govuk-link" href={at(id, `question/${item.key}/${i}`)}>{t('rows.change')}<span class="govuk-visually-hidden"> {i + 1}</span></a>
            <TextButton about={String(i + 1)} onClick={() => onAnswer(rows.length === 1 ? null : { state: 'answered', value: without(i) })}>{t('rows.remove')}</TextButton>
          </p>
        </section>
      ))}
      <ButtonLink href={at(id, `question/${item.key}/${rows.length}`)} look="secondary">{t(rows.length === 0 ? 'rows.add' : 'rows.another')}</ButtonLink>
      {rows.length === 0 && <Without open={open} item={item} given={given} onAnswer={onAnswer} />}
    </>
  );
}

function factsOf(open: Current, element: JsonObject, row: Row) {
  const words = formWords(open);
  return membersOf(element).filter(({ name }) => row[name] !== undefined && row[name] !== false).map(({ name, schema }) => {
    const value = row[name];
    const said = typeof value === 'boolean' ? texts('interview')('yes') : valueWords(open, schema, value ?? '').join(', ');
    return { term: memberLabel(words, schema), value: said };
  });
}

function Without({ open, item, given, onAnswer }: Omit<RowsProps, 'id'>) {
  const words = formWords(open);
  const states: State[] = ['declined', 'unknown', 'not_asked', 'not_applicable'];
  return (
    <Radios
      name={item.key} label={texts('interview')('without')} value={given?.state ?? ''}
      options={states.map((state) => ({ value: state, label: choiceName(words, 'state', state) ?? state }))}
      onChange={(state) => onAnswer({ state: state as State })}
    />
  );
}
