// Signing in.

import { signIn } from '../api.js';
import { el, heading } from '../dom.js';
import { t } from '../i18n.js';

const fields = [
  { name: 'username', type: 'text', autocomplete: 'username' },
  { name: 'password', type: 'password', autocomplete: 'current-password' },
];

/** The view. ended tells that a session was just over; onSignedIn is called once somebody is signed in. */
export function signInView({ ended, onSignedIn }) {
  let errors = []; // {field, key, values}

  function draw() {
    return [
      errors.length > 0 && summary(errors),
      heading(t('signin.heading')),
      ended && el('p', { class: 'inset' }, t('signin.ended')),
      el('form', { class: 'narrow', 'data-key': 'form', method: 'post', novalidate: true, 'aria-label': t('signin.heading') },
        fields.map((field) => input(field, errors.find((error) => error.field === field.name))),
        el('button', { class: 'primary' }, t('signin.submit'))),
    ].filter(Boolean);
  }

  async function submit(form) {
    const { username, password } = Object.fromEntries(new FormData(form));
    errors = missing({ username: username.trim(), password });
    if (errors.length > 0) return;
    try {
      await signIn(username.trim(), password);
    } catch (error) {
      errors = [refusal(error)];
      return;
    }
    form.reset();
    await onSignedIn();
  }

  return { title: () => (errors.length > 0 ? t('signin.errorTitle') : t('signin.heading')), draw, submit };
}

function missing(values) {
  return fields.filter(({ name }) => values[name] === '').map(({ name }) => ({ field: name, key: `signin.missing.${name}` }));
}

function refusal(error) {
  const field = 'username';
  switch (error.status) {
    case 400:
    case 401:
    case 422:
      return { field, key: 'signin.wrong' };
    case 429:
      return { field, key: 'signin.tooMany', values: { seconds: error.retryAfter ?? 60 } };
    default:
      return { field, key: 'signin.unreachable' };
  }
}

function summary(errors) {
  return el('div', { class: 'error-summary', role: 'alert', tabindex: '-1', 'data-key': 'errors' },
    el('h2', {}, t('signin.problem')),
    el('ul', {}, errors.map(({ field, key, values }) => el('li', {}, el('a', { href: `#${field}` }, t(key, values))))));
}

function input({ name, type, autocomplete }, error) {
  const described = error && `${name}-error`;
  return el('div', { class: error ? 'field wrong' : 'field' },
    el('label', { for: name }, t(`signin.${name}`)),
    error && el('p', { class: 'error', id: described, 'data-key': 'error' }, t(error.key, error.values)),
    el('input', {
      id: name, name, type, autocomplete, autocapitalize: 'none', spellcheck: 'false', 'data-key': name,
      'aria-invalid': error && 'true', 'aria-describedby': described,
    }));
}
