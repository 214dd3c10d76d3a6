// The control of a question, by the widget that the form names. Whatever is touched or typed is an answer at once.

import { useState } from 'preact/hooks';

import { commonYear, partsOfDate, type DateParts as Parts } from '../../lib/dates.ts';
import { europeanDigits } from '../../lib/digits.ts';
import { texts } from '../../lib/i18n.ts';
import { Checkboxes, DateParts, type FieldProps, Input, type Option, Radios, Select, TextArea, TextButton } from '../../parts/index.ts';
import type { Answer, State } from '../draft.ts';
import type { Current } from './current.ts';
import type { Item } from './engine.ts';
import type { CodeListName } from './lists.ts';
import { isOneOfSix } from './path.ts';
import { type JsonObject, stringOf } from './schema.ts';
import { choiceName, choicesOf, codeName, codeOptions, formWords, labelOf, single } from './words.ts';

interface AnswerProps {
  open: Current;
  item: Item;
  given: Answer | undefined;
  field: FieldProps;
  onAnswer: (answer: Answer | null) => void;
  /** What was typed that is no answer yet, so that the page does not go on past it. */
  onUnread: (unread: boolean) => void;
}

/** The control of a question. */
export function AnswerField(props: AnswerProps) {
  switch (props.item.widget) {
    case 'radios':
      return <Choice {...props} />;
    case 'checkboxes':
    case 'items':
      return <Several {...props} />;
    default:
      return <><Written {...props} /><WithoutAnswer {...props} /></>;
  }
}

const marked = 'state:'; // before a state among the codes of a choice

// What can be said in the place of an answer. The six questions have these two and no other: nobody passes over one of them.
function statesOf(item: Item): State[] {
  if (item.answeredOnly) return [];
  if (isOneOfSix(item.key)) return ['declined', 'unknown'];
  return item.spoken ? ['declined', 'unknown', 'not_asked', 'not_applicable'] : ['unknown', 'not_asked', 'not_applicable'];
}

function stateOptions({ open, item }: AnswerProps, prefix = marked): Option[] {
  const words = formWords(open);
  return statesOf(item).map((state, i) => ({ value: prefix + state, label: choiceName(words, 'state', state) ?? state, apart: i === 0 }));
}

function answerOf(value: string, item: Item): Answer {
  if (value.startsWith(marked)) return { state: value.slice(marked.length) as State };
  return { state: 'answered', value: item.value.type === 'integer' ? Number(value) : value };
}

function Choice(props: AnswerProps) {
  const { open, item, given, field, onAnswer } = props;
  const { list, codes } = choicesOf(item.value);
  const words = formWords(open);
  const options = codes.map((code) => ({ value: code, label: choiceName(words, list, code) ?? code }));
  const value = given === undefined ? '' : given.state === 'answered' ? String(given.value) : marked + given.state;
  return <Radios {...field} options={[...options, ...stateOptions(props)]} value={value} onChange={(chosen) => onAnswer(answerOf(chosen, item))} />;
}

const nothing = 'none'; // the code that excludes every other

function Several(props: AnswerProps) {
  const { given, field, item, onAnswer } = props;
  const values = given === undefined ? [] : given.state === 'answered' && Array.isArray(given.value) ? given.value.map(String) : [marked + given.state];
  const change = (chosen: string[]) => {
    const added = chosen.find((value) => !values.includes(value));
    const kept = added === undefined ? chosen : alone(added) ? [added] : chosen.filter((value) => !alone(value));
    const [state] = kept.filter((value) => value.startsWith(marked));
    if (kept.length === 0) onAnswer(null);
    else onAnswer(state === undefined ? { state: 'answered', value: kept } : answerOf(state, item));
  };
  return <Checkboxes {...field} options={[...severalOptions(props), ...stateOptions(props)]} values={values} onChange={change} />;
}

function alone(value: string): boolean {
  return value === nothing || value.startsWith(marked);
}

function severalOptions({ open, item, given }: AnswerProps): Option[] {
  const words = formWords(open);
  if (item.widget === 'items') return supporting(open, given).map((key) => ({ value: key, label: labelOf(words, key) }));
  const { list, codes } = choicesOf(item.value);
  return codes.map((code) => ({ value: code, label: choiceName(words, list, code) ?? code }));
}

// The signs that a finding can rest on.
function supporting({ form }: Current, given: Answer | undefined): string[] {
  const chosen = Array.isArray(given?.value) ? given.value.map(String) : [];
  const signs = [...form.items.values()].filter(({ schema, widget }) => widget === 'radios' && (schema['x-element'] !== undefined || schema['x-ilo'] !== undefined));
  return [...new Set([...signs.filter(({ key }) => !key.startsWith('o_')).map(({ key }) => key), ...chosen])];
}

function WithoutAnswer(props: AnswerProps) {
  const { field, given, item, onAnswer } = props;
  const options = stateOptions(props, '').map((option) => ({ ...option, apart: false }));
  if (options.length === 0) return null;
  return (
    <Radios
      name={`${field.name}-without`} label={texts('interview')('without')} options={options}
      value={given !== undefined && given.state !== 'answered' ? given.state : ''} onChange={(state) => onAnswer(answerOf(marked + state, item))}
    />
  );
}

function Written({ open, item, given, field, onAnswer, onUnread }: AnswerProps) {
  const put = (value: Answer['value'] | null) => onAnswer(value === null || value === undefined ? null : { state: 'answered', value });
  const value = given?.state === 'answered' ? given.value : undefined;
  switch (item.widget) {
    case 'number':
      return <NumberField field={field} value={typeof value === 'number' ? value : null} onNumber={put} onUnread={onUnread} />;
    case 'partial-date':
      return <PartialDate field={field} value={typeof value === 'string' ? value : ''} onDate={put} onUnread={onUnread} />;
    case 'textarea':
      return <TextArea {...field} value={typeof value === 'string' ? value : ''} onInput={(text) => put(text === '' ? null : text)} />;
    case 'code':
      return <CodeField open={open} field={field} schema={item.value} value={typeof value === 'string' ? value : ''} onCode={put} />;
    case 'codes':
      return <CodesField open={open} field={field} schema={item.value} values={Array.isArray(value) ? value.map(String) : []} onCodes={(codes) => put(codes.length === 0 ? null : codes)} />;
    default:
      return <TextField field={field} schema={item.value} value={typeof value === 'string' ? value : ''} onText={put} />;
  }
}

interface TextFieldProps {
  field: FieldProps;
  schema: JsonObject;
  value: string;
  onText: (text: string | null) => void;
}

/** A line of text; a currency is written in capitals. */
export function TextField({ field, schema, value, onText }: TextFieldProps) {
  const currency = stringOf(schema.pattern) === '^[A-Z]{3}$';
  const hint = currency ? texts('interview')('currency.hint') : field.hint;
  const written = (text: string) => (currency ? text.toUpperCase() : text);
  return <Input {...field} hint={hint} value={value} width={currency ? 5 : undefined} onInput={(text) => onText(text === '' ? null : written(text))} />;
}

function NumberField({ field, value, onNumber, onUnread }: { field: FieldProps; value: number | null; onNumber: (n: number | null) => void; onUnread: (unread: boolean) => void }) {
  const [text, setText] = useState(value === null ? '' : String(value));
  const shown = value === null && numberOf(text) !== null ? '' : text; // another answer has taken its place
  return (
    <Input
      {...field} value={shown} inputMode="decimal" width={10}
      onInput={(typed) => {
        setText(typed);
        const read = numberOf(typed);
        onUnread(read === null && typed.trim() !== '');
        onNumber(read);
      }}
    />
  );
}

/** The number that somebody wrote, in the digits of any script and with separators; null where it is none. */
export function numberOf(text: string): number | null {
  const written = europeanDigits(text).replace(/,(?=\d{3}(\D|$))/g, '');
  return /^\d+(\.\d+)?$/.test(written) ? Number(written) : null;
}

interface PartialDateProps {
  field: FieldProps;
  value: string;
  onDate: (iso: string | null) => void;
  onUnread: (unread: boolean) => void;
  /** Whether the whole date has to be known. */
  whole?: boolean;
}

/** A date of which the day, or the day and the month, may be unknown. */
export function PartialDate({ field, value, onDate, onUnread, whole = false }: PartialDateProps) {
  const [parts, setParts] = useState<Parts>(() => partsOf(value));
  return (
    <DateParts
      {...field} value={parts} partial={!whole}
      onInput={(typed) => {
        setParts(typed);
        const iso = isoOf(typed);
        const enough = iso !== null && (!whole || iso.length === 10);
        onUnread(!enough && Object.values(typed).some((part) => part.trim() !== ''));
        onDate(enough ? iso : null);
      }}
    />
  );
}

function partsOf(iso: string): Parts {
  if (iso === '') return { day: '', month: '', year: '' };
  const { day, month, year } = partsOfDate(iso);
  const known = iso.split('-').length;
  return { year, month: known > 1 ? month : '', day: known > 2 ? day : '' };
}

/**
 * The date of what was written into the boxes, as far as it goes: YYYY, YYYY-MM or YYYY-MM-DD; null where the year is missing or a day
 * has no month. Whether there is such a day is for the form's rules to say.
 */
export function isoOf({ day, month, year }: Parts): string | null {
  const [d, m, y] = [day, month, year].map((part) => europeanDigits(part));
  if (y === undefined || m === undefined || d === undefined || !/^\d{4}$/.test(y)) return null;
  if (!/^\d{0,2}$/.test(m) || !/^\d{0,2}$/.test(d) || (d !== '' && m === '')) return null;
  return [String(commonYear(Number(y))), m, d].filter((part) => part !== '').map((part, i) => part.padStart(i === 0 ? 4 : 2, '0')).join('-');
}

interface CodeFieldProps {
  open: Current;
  field: FieldProps;
  schema: JsonObject;
  value: string;
  onCode: (code: string | null) => void;
}

/** One code of a list, by its name. */
export function CodeField({ open, field, schema, value, onCode }: CodeFieldProps) {
  return (
    <Select {...field} options={codeOptions(open, stringOf(single(schema)['x-codes']) as CodeListName)} value={value} onChange={(code) => onCode(code === '' ? null : code)} />
  );
}

interface CodesFieldProps extends Omit<CodeFieldProps, 'value' | 'onCode'> {
  values: readonly string[];
  onCodes: (codes: string[]) => void;
}

/** Any number of codes of a list, in the order in which they were chosen. */
export function CodesField({ open, field, schema, values, onCodes }: CodesFieldProps) {
  const t = texts('interview');
  const list = stringOf(single(schema)['x-codes']) as CodeListName;
  const left = codeOptions(open, list).filter(({ value }) => !values.includes(value));
  return (
    <>
      <Select {...field} options={left} value="" empty={t(values.length === 0 ? 'codes.choose' : 'codes.add')} onChange={(code) => onCodes([...values, code].filter((each) => each !== ''))} />
      {values.length > 0 && (
        <ul class="govuk-list chosen">
          {values.map((code, i) => {
            const name = codeName(open, list, code);
            return <li key={code}>{name} <TextButton about={name} onClick={() => onCodes(values.filter((_, other) => other !== i))}>{t('codes.remove')}</TextButton></li>;
          })}
        </ul>
      )}
    </>
  );
}
