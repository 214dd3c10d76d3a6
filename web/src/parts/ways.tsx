// Histories, steps, and the ways between the pages of something larger.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';

/** An entry of a history. */
export interface HistoryEntry {
  key: string;
  title: ComponentChildren;
  by?: ComponentChildren;
  at: ComponentChildren;
  body?: ComponentChildren;
}

/** What happened, in the order that it is given. */
export function Timeline({ entries }: { entries: readonly HistoryEntry[] }) {
  return (
    <ol class="timeline">
      {entries.map(({ key, title, by, at, body }) => (
        <li class="timeline__entry" key={key}>
          <h3 class="timeline__title">{title}</h3>
          <p class="timeline__about">{at}{by && <> · {by}</>}</p>
          {body}
        </li>
      ))}
    </ol>
  );
}

/** The steps of a way, with the one that is reached. */
export function Steps({ label, steps }: { label: string; steps: readonly { key: string; title: string; state: 'passed' | 'current' | 'ahead'; note?: string }[] }) {
  return (
    <ol class="steps" aria-label={label}>
      {steps.map(({ key, title, state, note }) => (
        <li class={`steps__step steps__step--${state}`} key={key} aria-current={state === 'current' ? 'step' : undefined}>
          {title}{note && <span class="govuk-visually-hidden"> ({note})</span>}
        </li>
      ))}
    </ol>
  );
}

/** The ways to the first and the next page of a list. */
export function Pagination({ first, next }: { first?: string | null; next?: string | null }) {
  const t = texts('common');
  if (!first && !next) return null;
  return (
    <nav class="govuk-pagination" aria-label={t('pages.label')}>
      {first && <div class="govuk-pagination__prev"><a class="govuk-link govuk-pagination__link" href={first}>{t('pages.first')}</a></div>}
      {next && <div class="govuk-pagination__next"><a class="govuk-link govuk-pagination__link" href={next} rel="next">{t('pages.next')}</a></div>}
    </nav>
  );
}

/** The sub-pages of a page, as links. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly { href: string; title: ComponentChildren; current: boolean }[] }) {
  return (
    <nav class="sub-navigation" aria-label={label}>
      <ul>
        {tabs.map(({ href, title, current }) => (
          <li key={href}><a href={href} aria-current={current ? 'page' : undefined}>{title}</a></li>
        ))}
      </ul>
    </nav>
  );
}
