// Ways to set text apart.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';

interface Children {
  children: ComponentChildren;
}

/** What can be unfolded. */
export function Details({ summary, open = false, children }: Children & { summary: ComponentChildren; open?: boolean }) {
  return (
    <details class="govuk-details" open={open}>
      <summary class="govuk-details__summary"><span class="govuk-details__summary-text">{summary}</span></summary>
      <div class="govuk-details__text">{children}</div>
    </details>
  );
}

/** A paragraph that stands out. */
export function Inset({ children }: Children) {
  return <div class="govuk-inset-text">{children}</div>;
}

/** A consequence that must not be missed. */
export function Warning({ children }: Children) {
  return (
    <div class="govuk-warning-text">
      <span class="govuk-warning-text__icon" aria-hidden="true">!</span>
      <strong class="govuk-warning-text__text"><span class="govuk-visually-hidden">{texts('common')('form.warning')}: </span>{children}</strong>
    </div>
  );
}

/** A state in a word or two. */
export function Tag({ children, colour }: Children & { colour?: 'grey' | 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'turquoise' | 'purple' }) {
  return <strong class={colour === undefined ? 'govuk-tag' : `govuk-tag govuk-tag--${colour}`}>{children}</strong>;
}

/** That something was done, as the heading of the page after it. */
export function Panel({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="govuk-panel govuk-panel--confirmation">
      <h1 class="govuk-panel__title" tabIndex={-1}>{title}</h1>
      {children && <div class="govuk-panel__body">{children}</div>}
    </div>
  );
}

/** A word to the reader that something was done or has changed, said aloud when it comes. */
export function Notice({ children }: Children) {
  return <div class="notice" role="status">{children}</div>;
}
