// Questions that are answered by writing.

import { europeanDigits } from '../lib/digits.ts';
import type { DateParts as Parts } from '../lib/dates.ts';
import { language, texts } from '../lib/i18n.ts';
import { described, Field, FieldGroup, type FieldProps } from './field.tsx';

interface Written extends FieldProps {
  value: string;
  onInput: (value: string) => void;
}

interface InputProps extends Written {
  type?: 'text' | 'password' | 'tel' | 'email' | 'search';
  inputMode?: 'text' | 'numeric' | 'decimal' | 'tel';
  autoComplete?: string;
  /** How many characters are about to be written; without it the whole width. */
  width?: 2 | 3 | 4 | 5 | 10 | 20 | 30;
  /** Whether it is a code or a name of the machine's: nothing is corrected or made a capital. */
  plain?: boolean;
  lang?: string;
}

/** A question with one line. */
export function Input({ value, onInput, type = 'text', inputMode, autoComplete = 'off', width, plain = false, lang, ...field }: InputProps) {
  const look = width === undefined ? '' : ` govuk-input--width-${width}`;
  return (
    <Field {...field}>
      <input
        type={type as 'text'} class={`govuk-input${look}${field.error ? ' govuk-input--error' : ''}`} id={field.name} name={field.name} value={value}
        inputMode={inputMode} autoComplete={autoComplete} lang={lang} autoCapitalize={plain ? 'none' : undefined} spellcheck={plain ? false : undefined}
        onInput={(event) => onInput(event.currentTarget.value)} {...described(field)}
      />
    </Field>
  );
}

/** A question with room for sentences. */
export function TextArea({ value, onInput, rows = 5, lang, ...field }: Written & { rows?: number; lang?: string }) {
  return (
    <Field {...field}>
      <textarea
        class={`govuk-textarea${field.error ? ' govuk-textarea--error' : ''}`} id={field.name} name={field.name} rows={rows} value={value} lang={lang}
        onInput={(event) => onInput(event.currentTarget.value)} {...described(field)}
      />
    </Field>
  );
}

interface DatePartsProps extends FieldProps {
  value: Parts;
  onInput: (value: Parts) => void;
  /** Whether only the year, or the month and the year, will do. */
  partial?: boolean;
}

/**
 * A date in three boxes. In Thai the year counts the Buddhist era, and says so; whatever digits were written, dates.ts reads them.
 */
export function DateParts({ value, onInput, partial = false, ...field }: DatePartsProps) {
  const t = texts('common');
  const hint = field.hint ?? t(partial ? 'form.date.partial' : 'form.date.hint');
  const boxes = [
    { part: 'day', label: t('moment.day'), width: 2 },
    { part: 'month', label: t('moment.month'), width: 2 },
    { part: 'year', label: language.value === 'th' ? t('moment.year.be') : t('moment.year'), width: 4 },
  ] as const;
  return (
    <FieldGroup {...field} hint={hint}>
      <div class="govuk-date-input">
        {boxes.map(({ part, label, width }) => (
          <div class="govuk-date-input__item" key={part}>
            <label class="govuk-label govuk-date-input__label" for={`${field.name}-${part}`}>{label}</label>
            <input
              class={`govuk-input govuk-date-input__input govuk-input--width-${width}${field.error ? ' govuk-input--error' : ''}`}
              id={`${field.name}-${part}`} name={`${field.name}-${part}`} value={value[part]} inputMode="numeric" autoComplete="off"
              aria-invalid={field.error ? 'true' : undefined}
              onInput={(event) => onInput({ ...value, [part]: europeanDigits(event.currentTarget.value) })}
            />
          </div>
        ))}
      </div>
    </FieldGroup>
  );
}

/** A date in three boxes and a time of day. */
export function MomentParts({ value, onInput, ...field }: FieldProps & { value: Parts & { time: string }; onInput: (value: Parts & { time: string }) => void }) {
  const t = texts('common');
  return (
    <FieldGroup {...field} hint={field.hint ?? t('form.moment.hint')}>
      <div class="govuk-date-input">
        {(['day', 'month', 'year', 'time'] as const).map((part) => (
          <div class="govuk-date-input__item" key={part}>
            <label class="govuk-label govuk-date-input__label" for={`${field.name}-${part}`}>
              {part === 'year' && language.value === 'th' ? t('moment.year.be') : t(`moment.${part}`)}
            </label>
            <input
              class={`govuk-input govuk-date-input__input govuk-input--width-${part === 'time' ? 5 : part === 'year' ? 4 : 2}`}
              id={`${field.name}-${part}`} name={`${field.name}-${part}`} value={value[part]} inputMode={part === 'time' ? 'text' : 'numeric'}
              autoComplete="off" aria-invalid={field.error ? 'true' : undefined}
              onInput={(event) => onInput({ ...value, [part]: europeanDigits(event.currentTarget.value) })}
            />
          </div>
        ))}
      </div>
    </FieldGroup>
  );
}

interface FileInputProps extends FieldProps {
  accept?: string;
  onChoose: (file: File | null) => void;
}

/** A question that is answered with a file. */
export function FileInput({ accept, onChoose, ...field }: FileInputProps) {
  return (
    <Field {...field}>
      <input
        class={`govuk-file-upload${field.error ? ' govuk-file-upload--error' : ''}`} id={field.name} name={field.name} type="file" accept={accept}
        onChange={(event) => onChoose(event.currentTarget.files?.[0] ?? null)} {...described(field)}
      />
    </Field>
  );
}
