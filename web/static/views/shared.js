// What several views need.

import { el } from '../dom.js';
import { t } from '../i18n.js';

/** The stages in their order. */
export const stages = ['frontline', 'screening', 'identification', 'protection'];

/** Whose a case or a task is, as far as the reader may know: the service names accounts by id alone. */
export function person(account, user) {
  if (!account) return t('assignee.none');
  return account === user.id ? el('strong', {}, t('assignee.me')) : t('assignee.other');
}

/** The links to the first page and the next one. */
export function pages(first, next) {
  if (first === null && next === null) return null;
  return el('nav', { class: 'pages', 'aria-label': t('pages.label') },
    first && el('a', { href: first, 'data-key': 'first' }, t('pages.first')),
    next && el('a', { href: next, 'data-key': 'next' }, t('pages.next')));
}
