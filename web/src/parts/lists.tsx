// Facts, tasks, entries in their order, and pages of a list.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';
import { Tag } from './text.tsx';

/** A fact: what it is, and how to change it. */
export interface Fact {
  term: ComponentChildren;
  value: ComponentChildren;
  change?: { href: string; about: string };
}

/** Facts with their names; those without a value are left away. */
export function SummaryList({ facts, plain = false }: { facts: readonly Fact[]; plain?: boolean }) {
  const known = facts.filter(({ value }) => value !== null && value !== undefined && value !== '');
  return (
    <dl class={plain ? 'govuk-summary-list govuk-summary-list--no-border' : 'govuk-summary-list'}>
      {known.map(({ term, value, change }, i) => (
        <div class={change ? 'govuk-summary-list__row' : 'govuk-summary-list__row govuk-summary-list__row--no-actions'} key={i}>
          <dt class="govuk-summary-list__key">{term}</dt>
          <dd class="govuk-summary-list__value">{value}</dd>
          {change && (
            <dd class="govuk-summary-list__actions">
              <a class="govuk-link" href={change.href}>{texts('common')('form.change')}<span class="govuk-visually-hidden"> {change.about}</span></a>
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

/** A task and how far it is. Without an address it can't be begun yet. */
export interface Task {
  name: string;
  title: ComponentChildren;
  hint?: ComponentChildren;
  href?: string;
  status: ComponentChildren;
  /** Whether it is finished, so that it does not call for attention. */
  done?: boolean;
}

/** Tasks that can be done in any order. */
export function TaskList({ tasks }: { tasks: readonly Task[] }) {
  return (
    <ul class="govuk-task-list">
      {tasks.map(({ name, title, hint, href, status, done }) => (
        <li class={href === undefined ? 'govuk-task-list__item' : 'govuk-task-list__item govuk-task-list__item--with-link'} key={name}>
          <div class="govuk-task-list__name-and-hint">
            {href === undefined ? <div>{title}</div> : <a class="govuk-link govuk-task-list__link" href={href} aria-describedby={`${name}-status`}>{title}</a>}
            {hint && <div class="govuk-task-list__hint">{hint}</div>}
          </div>
          <div class={href === undefined ? 'govuk-task-list__status govuk-task-list__status--cannot-start-yet' : 'govuk-task-list__status'} id={`${name}-status`}>
            {done || href === undefined ? status : <Tag colour="blue">{status}</Tag>}
          </div>
        </li>
      ))}
    </ul>
  );
}

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
