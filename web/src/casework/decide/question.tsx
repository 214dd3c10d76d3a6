// Draws a question of a command, by its kind.

import { texts } from '../../lib/i18n.ts';
import { closed } from './options.ts';
import { Button, Checkboxes, Input, MomentParts, Radios, Select, TextArea, TextButton } from '../../parts/index.ts';
import type { About, Answer, Choice, Dissent, Item, Moment, Question } from './steps.ts';

interface AskProps {
  question: Question;
  about: About;
  answer: Answer;
  onAnswer: (answer: Answer) => void;
  error: string | null;
  heading: boolean;
}

/** The id of the control of a question; names of fields with dots are no ids for style sheets. */
export function controlOf(field: string): string {
  return field.replace('.', '-');
}

/** Where the error summary leads for a question. */
export function placeOf({ field, kind }: Question): string {
  const id = controlOf(field);
  if (kind === 'moment') return `${id}-day`;
  return ['one', 'many', 'yesno', 'agencies'].includes(kind) ? `${id}-first` : id;
}

/** A question with its control. */
export function Ask(props: AskProps) {
  const { question, about, answer, onAnswer, error, heading } = props;
  const t = texts('decide');
  const asked = t(question.label);
  const label = question.required ? asked : texts('common')('form.optional', { question: asked });
  const field = { name: controlOf(question.field), label, error, heading, hint: question.hint === undefined ? undefined : t(question.hint) };
  const options = question.options?.(about) ?? [];
  switch (question.kind) {
    case 'line':
      return <Input {...field} value={answer as string} onInput={onAnswer} />;
    case 'text':
    case 'lines':
      return <TextArea {...field} value={answer as string} onInput={onAnswer} rows={question.kind === 'lines' ? 3 : 6} />;
    case 'one':
      return <Radios {...field} value={answer as string} onChange={onAnswer} options={options} />;
    case 'yesno':
      return <Radios {...field} value={answer as string} onChange={onAnswer} options={yesOrNo()} inline />;
    case 'select':
      return <Select {...field} value={answer as string} onChange={onAnswer} options={options} />;
    case 'many':
    case 'agencies':
      return <Checkboxes {...field} values={answer as string[]} onChange={onAnswer} options={options} />;
    case 'moment':
      return <MomentParts {...field} value={answer as Moment} onInput={onAnswer} />;
    case 'items':
      return <Items {...props} options={options} label={label} />;
    case 'dissents':
      return <Dissents {...props} options={options} label={label} />;
  }
}

/** Yes and no, as answers to choose from. */
export function yesOrNo(): Choice[] {
  const t = texts('common');
  return [{ value: 'true', label: t('page.yes') }, { value: 'false', label: t('page.no') }];
}

interface ListProps extends AskProps {
  options: Choice[];
  label: string;
}

interface RowsProps<Row> {
  name: string;
  label: string;
  hint: string | undefined;
  error: string | null;
  heading: boolean;
  rows: readonly Row[];
  blank: Row;
  onRows: (rows: readonly Row[]) => void;
  draw: (row: Row, change: (row: Row) => void, name: string) => preact.ComponentChildren;
}

// Several answers of the same kind, each with a way to take it out again.
function Rows<Row>({ name, label, hint, error, heading, rows, blank, onRows, draw }: RowsProps<Row>) {
  const t = texts('decide');
  return (
    <fieldset class={`govuk-fieldset${error ? ' govuk-form-group--error' : ''}`} id={name} tabIndex={-1}>
      <legend class={`govuk-fieldset__legend${heading ? ' govuk-fieldset__legend--l' : ''}`}>
        {heading ? <h1 class="govuk-fieldset__heading" tabIndex={-1}>{label}</h1> : label}
      </legend>
      {hint && <div class="govuk-hint">{hint}</div>}
      {error && <p class="govuk-error-message"><span class="govuk-visually-hidden">{texts('common')('form.error')}: </span>{error}</p>}
      {rows.map((row, i) => (
        <div class="rows__row" key={i}>
          {draw(row, (changed) => onRows(rows.with(i, changed)), `${name}-${i}`)}
          <p class="govuk-body"><TextButton onClick={() => onRows(rows.toSpliced(i, 1))} about={t('rows.number', { n: i + 1 })}>{t('rows.remove')}</TextButton></p>
        </div>
      ))}
      <Button look="secondary" onClick={() => onRows([...rows, blank])}>{t(rows.length === 0 ? 'rows.add' : 'rows.addAnother')}</Button>
    </fieldset>
  );
}

function Items({ question, answer, onAnswer, error, heading, options, label }: ListProps) {
  const t = texts('decide');
  return (
    <Rows<Item>
      name={controlOf(question.field)} label={label} hint={question.hint && t(question.hint)} error={error} heading={heading}
      rows={answer as Item[]} blank={{ code: '', amount: '' }} onRows={onAnswer}
      draw={(row, change, name) => (
        <>
          <Select name={`${name}-code`} label={t('field.item')} value={row.code} onChange={(code) => change({ ...row, code })} options={options} />
          <Input name={`${name}-amount`} label={t('field.amount')} inputMode="decimal" width={10} value={row.amount} onInput={(amount) => change({ ...row, amount })} />
        </>
      )}
    />
  );
}

function Dissents({ question, about, answer, onAnswer, error, heading, options, label }: ListProps) {
  const t = texts('decide');
  return (
    <Rows<Dissent>
      name={controlOf(question.field)} label={label} hint={question.hint && t(question.hint)} error={error} heading={heading}
      rows={answer as Dissent[]} blank={{ agency: '', outcome: '', reasons: '' }} onRows={onAnswer}
      draw={(row, change, name) => (
        <>
          <Select name={`${name}-agency`} label={t('field.member')} value={row.agency} onChange={(agency) => change({ ...row, agency })} options={options} />
          <Select name={`${name}-outcome`} label={t('field.finding')} value={row.outcome} onChange={(outcome) => change({ ...row, outcome })} options={closed('outcome')(about)} />
          <TextArea name={`${name}-reasons`} label={t('field.reasons')} value={row.reasons} onInput={(reasons) => change({ ...row, reasons })} rows={3} />
        </>
      )}
    />
  );
}
