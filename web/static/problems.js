// What is shown when the service does not do what was asked.

import { el } from './dom.js';
import { dateTime, t, word } from './i18n.js';
import { agency } from './names.js';
import { actionAddress } from './route.js';

/** The places of a refused body that are fields of the form, as errors of the form. */
export function fieldErrors(failure, fields) {
  return failure.errors
    .map(({ pointer = '' }) => fields.find(({ name }) => pointer.startsWith(`/${name.replace('.', '/')}`)))
    .filter((field) => field !== undefined)
    .map(({ name }) => ({ name, key: 'form.refused' }));
}

/** Why a command was not accepted: the rule in words, what has changed meanwhile, and what is possible now. */
export function problem(failure, { caseId = null, offers = () => false } = {}) {
  return el('div', { class: 'error-summary', role: 'alert', tabindex: '-1', 'data-key': 'problem' },
    el('h2', {}, t('problem.heading')),
    el('p', {}, failure.rule === null ? reason(failure) : word('rule', failure.rule)),
    failure.kind === 'step-up-required' && el('p', {}, el('a', { href: '#/account' }, t('account.again'))),
    failure.changes.length > 0 && meanwhile(failure.changes),
    caseId !== null && possible(failure.possible.filter(offers), caseId));
}

const reasons = {
  'case-has-moved': 'moved', 'nothing-to-take': 'nothing', 'other-content': 'otherContent', 'invalid-content': 'invalid',
  'invalid-request': 'invalid', 'step-up-required': 'stepUp', forbidden: 'forbidden', 'not-found': 'missing', erased: 'erased',
};

function reason({ kind }) {
  return t(`problem.${reasons[kind] ?? 'unreachable'}`);
}

function meanwhile(changes) {
  return [
    el('h3', {}, t('problem.changes')),
    el('ul', {}, changes.map((change) => el('li', {},
      t('problem.change', { event: word('event', change.type), agency: agency(change.agency) }), ' ', dateTime(change.accepted_at)))),
  ];
}

function possible(commands, caseId) {
  if (commands.length === 0) return null;
  return [
    el('h3', {}, t('problem.possible')),
    el('ul', {}, commands.map((command) => el('li', {}, el('a', { href: actionAddress(caseId, command) }, word('command', command))))),
  ];
}
