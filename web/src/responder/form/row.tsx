// The page for one of several, such as a paper or a contact. Few interviews come to it, so that it is loaded then.

import { useEffect, useState } from 'preact/hooks';

import { currentTime } from '../../lib/clock.ts';
import { texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, Checkboxes, type Fault, type FieldProps, Form, NotFound, Page, Radios, Select, TextArea } from '../../parts/index.ts';
import type { Row } from '../draft.ts';
import { answer, current, type Current, draft, keepNow } from './current.ts';
import { checkAnswer, type Item } from './engine.ts';
import { CodeField, CodesField, PartialDate, TextField } from './field.tsx';
import { messageOf } from './messages.ts';
import { at } from './path.ts';
import { rowsOf } from './rows.tsx';
import { membersOf } from './rules.ts';
import { type JsonObject, objectOf, stringOf } from './schema.ts';
import { choiceName, choicesOf, formWords, labelOf, memberLabel } from './words.ts';

const few = 6; // choices that are shown at once; more are in a list to open

/** A row: what is known of one paper, contact or person. It is kept as it is typed, and an empty one is not kept. */
export function RowPage({ id, name, row }: { id: string; name: string; row: string }) {
  const t = texts('interview');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [unread, setUnread] = useState<readonly string[]>([]);
  const open = current.value;
  const item = open?.form.items.get(name);
  const i = Number(row);
  const rows = rowsOf(draft.value?.answers[name]);
  useEffect(() => () => dropEmpty(name), [name]);
  if (open === null || item === undefined || item.widget !== 'repeat' || !Number.isInteger(i) || i > rows.length) return <NotFound />;
  const now = rows[i] ?? {};
  const put = (member: string, value: Row[string] | null) => {
    const { [member]: _, ...others } = now;
    const next = value === null ? others : { ...others, [member]: value };
    answer(name, { state: 'answered', value: i < rows.length ? rows.map((each, other) => (other === i ? next : each)) : [...rows, next] });
  };
  async function submit(shown: Current, asks: Item): Promise<void> {
    const found = [...unread.map((member) => ({ name: member, message: messageOf(asks, 'format') })), ...faultsOfRow(shown, asks, i, now)];
    if (found.length > 0) return setFaults(found);
    dropEmpty(name);
    await keepNow();
    go(at(id, `question/${name}`));
  }
  const label = labelOf(formWords(open), name);
  return (
    <Page title={t('rows.nth', { n: i + 1 })} caption={label} faults={faults} back={{ href: at(id, `question/${name}`), text: t('back') }}>
      <Form onSubmit={() => void submit(open, item)} label={label}>
        {membersOf(objectOf(item.value.items)).map(({ name: member, schema, required }) => (
          <Member
            key={member} open={open} schema={schema} value={now[member]} onValue={(value) => put(member, value)}
            onUnread={(is) => setUnread((others) => [...others.filter((each) => each !== member), ...(is ? [member] : [])])}
            field={{ name: member, label: required ? memberLabel(formWords(open), schema) : t('optional', { label: memberLabel(formWords(open), schema) }), error: faults.find((fault) => fault.name === member)?.message }}
          />
        ))}
        <Button>{t('continue')}</Button>
      </Form>
    </Page>
  );
}

function dropEmpty(name: string): void {
  const given = draft.value?.answers[name];
  const rows = rowsOf(given);
  const filled = rows.filter((row) => Object.keys(row).length > 0);
  if (given?.state === 'answered' && filled.length < rows.length) answer(name, filled.length === 0 ? null : { ...given, value: filled });
}

function faultsOfRow({ form }: Current, item: Item, i: number, row: Row): Fault[] {
  if (Object.keys(row).length === 0) return [];
  const prefix = '/value/0/';
  return checkAnswer(form, item.key, { state: 'answered', value: [row] }, currentTime()).map(({ pointer, keyword }) => ({
    name: pointer.startsWith(prefix) ? pointer.slice(prefix.length).split('/')[0] ?? item.key : String(i), message: messageOf(item, keyword),
  }));
}

interface MemberProps {
  open: Current;
  schema: JsonObject;
  field: FieldProps;
  value: Row[string] | undefined;
  onValue: (value: Row[string] | null) => void;
  /** What was typed that is no answer yet, so that the page does not go on past it. */
  onUnread: (unread: boolean) => void;
}

function Member({ open, schema, field, value, onValue, onUnread }: MemberProps) {
  const text = typeof value === 'string' ? value : '';
  const several = Array.isArray(value) ? value : [];
  if (schema.type === 'boolean') return <TrueMember field={field} value={value === true} onValue={(yes) => onValue(yes ? true : null)} />;
  if (schema.type === 'array') {
    const put = (values: string[]) => onValue(values.length === 0 ? null : values);
    if (choicesOf(schema).codes.length === 0) return <CodesField open={open} field={field} schema={schema} values={several} onCodes={put} />;
    return <Checkboxes {...field} options={optionsOf(open, schema)} values={several} onChange={put} />;
  }
  if (schema.enum !== undefined) return <OneOf open={open} schema={schema} field={field} value={text} onValue={onValue} />;
  if (typeof schema['x-codes'] === 'string') return <CodeField open={open} field={field} schema={schema} value={text} onCode={onValue} />;
  if (schema['x-partial-date'] === true || schema['x-i18n'] === 'members.document.expires') {
    return <PartialDate field={field} value={text} onDate={onValue} onUnread={onUnread} whole={schema['x-partial-date'] !== true} />;
  }
  if (schema['x-lines'] === true) return <TextArea {...field} value={text} onInput={(typed) => onValue(typed === '' ? null : typed)} />;
  return <TextField field={field} schema={schema} value={text} onText={onValue} />;
}

function OneOf({ open, schema, field, value, onValue }: Omit<MemberProps, 'value' | 'onUnread'> & { value: string }) {
  const options = optionsOf(open, schema);
  if (options.length <= few) return <Radios {...field} options={options} value={value} onChange={onValue} />;
  return <Select {...field} options={options} value={value} onChange={(code) => onValue(code === '' ? null : code)} />;
}

function TrueMember({ field, value, onValue }: { field: FieldProps; value: boolean; onValue: (yes: boolean) => void }) {
  return <Checkboxes name={field.name} label={<span class="govuk-visually-hidden">{field.label}</span>} options={[{ value: 'yes', label: field.label }]} values={value ? ['yes'] : []} onChange={(values) => onValue(values.length > 0)} />;
}

function optionsOf(open: Current, schema: JsonObject) {
  const { list, codes } = choicesOf(schema);
  return codes.map((code) => ({ value: code, label: choiceName(formWords(open), stringOf(list), code) ?? code }));
}
