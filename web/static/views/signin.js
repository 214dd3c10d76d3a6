// Signing in: by a password and a code, by a passkey, or for the first time by an invitation.

import { post, signIn } from '../api.js';
import { el, heading } from '../dom.js';
import { t } from '../i18n.js';
import { canUsePasskeys, signInByPasskey } from '../passkeys.js';

const username = { name: 'username', type: 'text', autocomplete: 'username' };
const password = { name: 'password', type: 'password', autocomplete: 'current-password' };
const code = { name: 'code', type: 'text', autocomplete: 'one-time-code' };

// What is asked for at each step.
const steps = {
  password: [username, password],
  code: [code],
  provider: [{ name: 'link', type: 'text', autocomplete: 'off' }],
  invitation: [{ name: 'invitation', type: 'text', autocomplete: 'off' }, username, { ...password, autocomplete: 'new-password' }],
};

/**
 * The view. ended tells that a session was just over, outside that people may sign in at another provider; onSignedIn is called once
 * somebody is signed in.
 */
export function signInView({ ended, outside, onSignedIn }) {
  let step = 'password';
  let errors = []; // {field, key, values}

  function draw() {
    return [
      errors.length > 0 && summary(errors),
      heading(t(`signin.step.${step}`)),
      ended && el('p', { class: 'inset' }, t('signin.ended')),
      step === 'code' && el('p', { 'data-key': 'hint' }, t('signin.code.hint')),
      el('form', { class: 'narrow', 'data-key': step, 'data-form': step, method: 'post', novalidate: true, 'aria-label': t(`signin.step.${step}`) },
        steps[step].map((field) => input(field, errors.find((error) => error.field === field.name))),
        el('button', { class: 'primary' }, t('signin.submit'))),
      step === 'password' && canUsePasskeys() && aside('passkey', t('signin.passkey')),
      step === 'password' && outside && aside('to-provider', t('signin.step.provider')),
      step === 'password' && aside('to-invitation', t('signin.invitation.have')),
      step !== 'password' && aside('back', t('signin.back')),
    ].filter(Boolean);
  }

  async function submit(form) {
    errors = [];
    try {
      await done(form.dataset.form, Object.fromEntries(new FormData(form)), form);
    } catch (error) {
      errors = [refusal(error, step)];
    }
  }

  async function done(action, values, form) {
    switch (action) {
      case 'to-invitation':
        step = 'invitation';
        return;
      case 'to-provider':
        step = 'provider';
        return;
      case 'provider':
        return location.assign((await post('/session/provider', { invitation: values.link.trim() })).url);
      case 'back':
        step = 'password';
        return;
      case 'passkey':
        await signInByPasskey();
        return onSignedIn();
      default:
        return answered(values, form);
    }
  }

  async function answered(values, form) {
    const given = { ...values, ...(values.username !== undefined && { username: values.username.trim() }) };
    errors = missing(steps[step], given);
    if (errors.length > 0) return;
    const session = await send(given);
    form.reset();
    if (step === 'password' && session.next.includes('code')) step = 'code';
    else await onSignedIn();
  }

  function send(given) {
    switch (step) {
      case 'code':
        return post('/session/step-up', { code: given.code.trim() });
      case 'invitation':
        return post('/invitations/redeem', { code: given.invitation.trim(), username: given.username, password: given.password });
      default:
        return signIn(given.username, given.password);
    }
  }

  return { title: () => (errors.length > 0 ? t('signin.errorTitle') : t(`signin.step.${step}`)), draw, submit };
}

// Another way, in a form of its own.
function aside(name, text) {
  return el('form', { class: 'inline', 'data-key': name, 'data-form': name, method: 'post' }, el('button', { class: 'quiet' }, text));
}

function missing(fields, values) {
  return fields.filter(({ name }) => values[name].trim() === '').map(({ name }) => ({ field: name, key: `signin.missing.${name}` }));
}

function refusal(error, step) {
  const field = steps[step][0].name;
  if (error instanceof DOMException) return { field, key: 'signin.noPasskey' };
  if (error.rule?.startsWith('password.')) return { field: 'password', key: 'signin.weak' };
  switch (error.status) {
    case 400:
    case 401:
    case 409:
    case 422:
      return { field, key: `signin.wrong.${step}` };
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
  return el('div', { class: error ? 'field wrong' : 'field', 'data-key': name },
    el('label', { for: name }, t(`signin.${name}`)),
    error && el('p', { class: 'error', id: described, 'data-key': 'error' }, t(error.key, error.values)),
    el('input', {
      id: name, name, type, autocomplete, autocapitalize: 'none', spellcheck: 'false', 'data-key': name,
      'aria-invalid': error && 'true', 'aria-describedby': described,
    }));
}
