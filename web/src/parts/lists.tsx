// Facts, and tasks that can be done in any order.

import type { ComponentChildren } from 'preact';

import { texts } from '../lib/i18n.ts';
import { Tag } from './text.tsx';

/** A fact: what it is, and how to change it. */
export interface Fact {
  term: ComponentChildren;
  value: ComponentChildren;
  change?: { href: string; about: string };
}

/** Facts with their names; those without a value are left away. Their links lead to a change, or, where `view` is given, to the thing itself. */
export function SummaryList({ facts, plain = false, view = false }: { facts: readonly Fact[]; plain?: boolean; view?: boolean }) {
  const known = facts.filter(({ value }) => value !== null && value !== undefined && value !== '');
  return (
    <dl class={plain ? 'govuk-summary-list govuk-summary-list--no-border' : 'govuk-summary-list'}>
      {known.map(({ term, value, change }, i) => (
        <div class={change ? 'govuk-summary-list__row' : 'govuk-summary-list__row govuk-summary-list__row--no-actions'} key={i}>
          <dt class="govuk-summary-list__key">{term}</dt>
          <dd class="govuk-summary-list__value">{value}</dd>
          {change && (
            <dd class="govuk-summary-list__actions">
              <a class="govuk-link" href={change.href}>{texts('common')(view ? 'form.open' : 'form.change')}<span class="govuk-visually-hidden"> {change.about}</span></a>
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
