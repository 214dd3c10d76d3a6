// What every question has: a label, a hint, a message when the answer was not accepted, and the control that these describe.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';

/** What is given to every question. */
export interface FieldProps {
  /** Names the question: the control's id, where the error summary leads. */
  name: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** What is wrong with the answer. */
  error?: string | null | undefined;
  /** Whether the question is the heading of the page. */
  heading?: boolean;
}

/** The attributes that tie a control to its hint and its message. */
export function described({ name, hint, error }: FieldProps): { 'aria-describedby'?: string; 'aria-invalid'?: 'true' } {
  const ids = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return { ...(ids !== '' && { 'aria-describedby': ids }), ...(error && { 'aria-invalid': 'true' as const }) };
}

/** A question with one control. */
export function Field({ children, ...props }: FieldProps & { children: ComponentChildren }) {
  const { name, label, error, heading } = props;
  const written = <label class={heading ? 'govuk-label govuk-label--l' : 'govuk-label'} for={name}>{label}</label>;
  return (
    <div class={groupClass(error)}>
      {heading ? <h1 class="govuk-label-wrapper" tabIndex={-1}>{written}</h1> : written}
      <Notes {...props} />
      {children}
    </div>
  );
}

/** A question with several controls. */
export function FieldGroup({ children, ...props }: FieldProps & { children: ComponentChildren }) {
  const { name, label, error, heading } = props;
  const { 'aria-describedby': describedBy } = described(props);
  return (
    <div class={groupClass(error)}>
      <fieldset class="govuk-fieldset" id={name} tabIndex={-1} aria-describedby={describedBy}>
        <legend class={heading ? 'govuk-fieldset__legend govuk-fieldset__legend--l' : 'govuk-fieldset__legend'}>
          {heading ? <h1 class="govuk-fieldset__heading" tabIndex={-1}>{label}</h1> : label}
        </legend>
        <Notes {...props} />
        {children}
      </fieldset>
    </div>
  );
}

function Notes({ name, hint, error }: FieldProps) {
  return (
    <>
      {hint && <div class="govuk-hint" id={`${name}-hint`}>{hint}</div>}
      {error && (
        <p class="govuk-error-message" id={`${name}-error`}>
          <span class="govuk-visually-hidden">{texts('common')('form.error')}: </span>{error}
        </p>
      )}
    </>
  );
}

function groupClass(error: FieldProps['error']): string {
  return error ? 'govuk-form-group govuk-form-group--error' : 'govuk-form-group';
}
