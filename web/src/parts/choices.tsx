// Questions that are answered by choosing.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';
import { described, Field, FieldGroup, type FieldProps } from './field.tsx';

/** One of the answers to choose from. */
export interface Option {
  value: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** What is asked further when it is chosen. */
  more?: ComponentChildren;
  /** Whether it stands apart from the others, after the word "or". */
  apart?: boolean;
}

interface OneOf extends FieldProps {
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
}

interface RadiosProps extends OneOf {
  /** Side by side, for two short answers. */
  inline?: boolean;
  lang?: string;
}

/** A question with one answer out of a few. */
export function Radios({ options, value, onChange, inline = false, lang, ...field }: RadiosProps) {
  return (
    <FieldGroup {...field}>
      <div class={inline ? 'govuk-radios govuk-radios--inline' : 'govuk-radios'} lang={lang}>
        {options.map((option, i) => (
          <Choice key={option.value} kind="radios" id={choiceId(field.name, option.value, i)} option={option} chosen={option.value === value}>
            <input
              class="govuk-radios__input" type="radio" id={choiceId(field.name, option.value, i)} name={field.name} value={option.value}
              checked={option.value === value} onChange={() => onChange(option.value)} {...hinted(field.name, option, i)}
            />
          </Choice>
        ))}
      </div>
    </FieldGroup>
  );
}

interface SeveralOf extends FieldProps {
  options: readonly Option[];
  values: readonly string[];
  onChange: (values: string[]) => void;
}

/** A question with any number of answers. */
export function Checkboxes({ options, values, onChange, ...field }: SeveralOf) {
  const toggled = (value: string) => (values.includes(value) ? values.filter((other) => other !== value) : [...values, value]);
  return (
    <FieldGroup {...field}>
      <div class="govuk-checkboxes">
        {options.map((option, i) => (
          <Choice key={option.value} kind="checkboxes" id={choiceId(field.name, option.value, i)} option={option} chosen={values.includes(option.value)}>
            <input
              class="govuk-checkboxes__input" type="checkbox" id={choiceId(field.name, option.value, i)} name={field.name} value={option.value}
              checked={values.includes(option.value)} onChange={() => onChange(toggled(option.value))} {...hinted(field.name, option, i)}
            />
          </Choice>
        ))}
      </div>
    </FieldGroup>
  );
}

interface ChoiceProps {
  kind: 'radios' | 'checkboxes';
  id: string;
  option: Option;
  chosen: boolean;
  children: ComponentChildren;
}

function Choice({ kind, id, option, chosen, children }: ChoiceProps) {
  return (
    <>
      {option.apart && <div class={`govuk-${kind}__divider`}>{texts('common')('form.or')}</div>}
      <div class={`govuk-${kind}__item`}>
        {children}
        <label class={`govuk-label govuk-${kind}__label`} for={id}>{option.label}</label>
        {option.hint && <div class={`govuk-hint govuk-${kind}__hint`} id={`${id}-hint`}>{option.hint}</div>}
      </div>
      {option.more && chosen && <div class={`govuk-${kind}__conditional`}>{option.more}</div>}
    </>
  );
}

// The first answer has the question's own id beside it, where the error summary leads.
function choiceId(name: string, value: string, i: number): string {
  return i === 0 ? `${name}-first` : `${name}-${value}`;
}

function hinted(name: string, option: Option, i: number): { 'aria-describedby'?: string } {
  return option.hint ? { 'aria-describedby': `${choiceId(name, option.value, i)}-hint` } : {};
}

/** A question with one answer out of many. The first, empty one says that nothing is chosen. */
export function Select({ options, value, onChange, empty, ...field }: OneOf & { empty?: string }) {
  return (
    <Field {...field}>
      <select
        class={`govuk-select${field.error ? ' govuk-select--error' : ''}`} id={field.name} name={field.name} value={value}
        onChange={(event) => onChange(event.currentTarget.value)} {...described(field)}
      >
        <option value="">{empty ?? texts('common')('form.choose')}</option>
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </Field>
  );
}
