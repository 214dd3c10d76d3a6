// What was not accepted: each fault leads to its question.

import { useEffect, useRef } from 'preact/hooks';

import { texts } from '../lib/i18n.ts';

/** What is wrong with an answer. */
export interface Fault {
  /** The name of the question; without it the fault is of the whole. */
  name?: string;
  /** The id of the control, where it is not the question's name. */
  at?: string;
  message: string;
  /** Where it can be mended, where that is another page. */
  href?: string;
}

let sent = false; // whether a form was sent since a summary last took the focus

/** Tells the summary that a form was sent: where that leaves the same wrong, it is said again. */
export function formSent(): void {
  sent = true;
}

/** What is wrong, at the top of the page. It takes the focus when it says something else, or the same of what was sent anew; never from who types. */
export function ErrorSummary({ faults }: { faults: readonly Fault[] }) {
  const box = useRef<HTMLDivElement>(null);
  const said = useRef('');
  const written = faults.map(({ message }) => message).join('\n');
  useEffect(() => {
    if (written !== '' && (sent || written !== said.current)) {
      box.current?.focus();
      sent = false;
    }
    said.current = written;
  }, [faults, written]);
  if (faults.length === 0) return null;
  return (
    <div class="govuk-error-summary" role="alert" tabIndex={-1} ref={box}>
      <h2 class="govuk-error-summary__title">{texts('common')('form.problem')}</h2>
      <div class="govuk-error-summary__body">
        <ul class="govuk-list govuk-error-summary__list">
          {faults.map((fault) => <li key={fault.message}><Way fault={fault} /></li>)}
        </ul>
      </div>
    </div>
  );
}

function Way({ fault: { name, at, href, message } }: { fault: Fault }) {
  const target = href ?? (name === undefined ? undefined : `#${at ?? name}`);
  return target === undefined ? <>{message}</> : <a href={target}>{message}</a>;
}

/** The message for a question among faults. */
export function faultOf(faults: readonly Fault[], name: string): string | null {
  return faults.find((fault) => fault.name === name)?.message ?? null;
}
