// What is shown in place of a view that could not be loaded.

import { el, heading } from '../dom.js';
import { t } from '../i18n.js';

const kinds = { 400: 'missing', 403: 'forbidden', 404: 'missing', 410: 'erased' };

/** The view for an error of a read. */
export function troubleView(error) {
  const kind = error.kind === 'step-up-required' ? 'stepUp' : kinds[error.status] ?? 'unreachable';
  return {
    title: () => t(`trouble.${kind}.heading`),
    draw: () => [
      heading(t(`trouble.${kind}.heading`)),
      el('p', {}, t(`trouble.${kind}.text`)),
      kind === 'unreachable'
        ? el('button', { type: 'button', class: 'primary', 'data-action': 'retry' }, t('trouble.retry'))
        : el('p', {}, kind === 'stepUp' ? el('a', { href: '#/account' }, t('account.again')) : el('a', { href: '#/' }, t('trouble.home'))),
    ],
  };
}
