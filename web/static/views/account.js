// My account: the sessions and factors of whoever is signed in; for administrators the accounts of everybody.

import { post, read, remove } from '../api.js';
import { el, facts, heading, table } from '../dom.js';
import { button, form } from '../forms.js';
import { dateTime, t, word } from '../i18n.js';
import { agency, optionsOf } from '../names.js';
import { addPasskey, canUsePasskeys, stepUpByPasskey } from '../passkeys.js';

const passkeyLabels = ['security-key', 'phone', 'computer', 'other'];
const roles = ['responder', 'casemanager', 'team', 'shelter', 'committee', 'auditor', 'admin'];

/** Opens the view. onRaised() is called when the session has become one of a higher level. */
export async function accountView(onRaised, signal) {
  let state = await load(signal);
  let shown = {}; // what is shown once: secret, uri, recovery, invitation
  let failure = null;

  const actions = {
    'add-passkey': async (data) => { await addPasskey(data.get('label')); },
    'remove-passkey': (data) => remove(`/factors/passkeys/${data.get('id')}`),
    'begin-codes': async () => { shown = await post('/factors/code'); },
    'confirm-codes': async (data) => {
      const { recovery_codes: recovery } = await post('/factors/code/confirm', { code: data.get('code').trim() });
      shown = { recovery };
    },
    'remove-codes': () => remove('/factors/code'),
    'renew-recovery': async () => { shown = { recovery: (await post('/factors/recovery-codes')).recovery_codes }; },
    'end-session': (data) => remove(`/sessions/${data.get('id')}`),
    'lose-device': (data) => remove(`/devices/${data.get('id')}`),
    'issue-ticket': async (data) => { shown = { invitation: await post('/devices/tickets', { username: data.get('username').trim() }) }; },
    invite: async (data) => {
      shown = { invitation: await post('/accounts', { role: data.get('role'), agency: data.get('agency') }) };
    },
    account: (data) => post(`/accounts/${data.get('id')}/${data.get('do')}`),
    revoke: (data) => post('/revocations', { user: data.get('id') }),
    'step-up': async (data) => {
      const given = Object.fromEntries([...data].filter(([, value]) => value !== ''));
      await post('/session/step-up', given);
      await onRaised();
    },
    'step-up-passkey': async () => {
      await stepUpByPasskey();
      await onRaised();
    },
  };

  async function submit(element) {
    [failure, shown] = [null, {}];
    try {
      await actions[element.dataset.form](new FormData(element));
    } catch (error) {
      if (error.status === 401 && error.kind === 'not-signed-in') throw error;
      failure = error;
    }
    state = await load(signal);
  }

  function draw() {
    return [
      failure && refusal(failure),
      heading(t('account.heading')),
      ...level(state),
      shown.recovery?.length > 0 && once('recovery', t('account.recovery.once'), el('ul', { class: 'codes' }, shown.recovery.map((code) => el('li', {}, el('code', {}, code))))),
      shown.invitation && once('invitation', t('account.invitation.once'), el('p', {}, el('code', {}, shown.invitation.code), ' ',
        t('account.until', { time: dateTime(shown.invitation.expires_at) }))),
      ...sessionList(state),
      ...passkeyList(state),
      ...codeParts(state, shown),
      ...deviceList(state),
      ...accountList(state),
    ].flat(Infinity).filter(Boolean);
  }

  return { title: () => (failure ? t('account.errorTitle') : t('account.heading')), draw, submit };
}

async function load(signal) {
  const session = await read('/session', signal);
  const [sessions, factors, devices, accounts] = await Promise.all([
    read('/sessions', signal), read('/factors', signal), unlessForbidden('/devices', signal),
    session.user.role === 'admin' ? unlessForbidden('/accounts', signal) : null,
  ]);
  return { session, sessions: sessions.items, factors, devices: devices?.items ?? null, accounts: accounts?.items ?? null };
}

async function unlessForbidden(path, signal) {
  try {
    return await read(path, signal);
  } catch (error) {
    if (error.status !== 403) throw error;
    return null;
  }
}

const refusals = {
  'step-up-required': 'stepUp', 'wrong-credentials': 'wrong', 'too-many-requests': 'tooMany', 'not-found': 'missing',
  'account-refused': 'refused', forbidden: 'forbidden',
};

function refusal(error) {
  const reason = error instanceof DOMException ? 'passkey' : refusals[error.kind] ?? 'unreachable';
  return el('div', { class: 'error-summary', role: 'alert', tabindex: '-1', 'data-key': 'errors' },
    el('h2', {}, t('account.notDone')), el('p', {}, t(`account.refusal.${reason}`)));
}

// What is shown once.
function once(key, text, content) {
  return el('div', { class: 'inset', role: 'status', tabindex: '-1', 'data-key': key }, el('p', {}, text), content);
}

// How surely the session is that of its person, and how to raise it.
function level({ session }) {
  const { assurance, next } = session;
  return [
    facts([[t('account.level'), t(`account.assurance.${assurance}`)], [t('account.shown'), dateTime(session.authenticated_at)]]),
    assurance === 'password_only' && el('p', { class: 'inset', 'data-key': 'first' },
      next.length > 0 ? t('account.raise') : t('account.first')),
    el('details', { 'data-key': 'again', open: assurance === 'password_only' && next.length > 0 }, el('summary', {}, t('account.again')),
      form('step-up', {
        fields: [
          { name: 'password', label: t('signin.password'), type: 'password', autocomplete: 'current-password', plain: true },
          { name: 'code', label: t('signin.code'), hint: t('signin.code.hint'), autocomplete: 'one-time-code', plain: true },
        ],
        label: t('account.again'), submit: t('account.show'), look: 'secondary',
      }),
      canUsePasskeys() && button('step-up-passkey', t('signin.passkey'), {})),
  ];
}

function sessionList({ sessions }) {
  return [
    el('h2', {}, t('account.sessions')),
    table(t('account.sessions'), [t('account.began'), t('account.seen'), t('account.from'), t('account.level'), t('account.end')],
      sessions.map((session) => ({
        key: session.id,
        cells: [
          dateTime(session.started_at), dateTime(session.last_seen_at), t(`account.client.${session.client}`),
          t(`account.assurance.${session.assurance}`),
          session.current ? t('account.current') : button('end-session', t('account.end'), { id: session.id }, dateTime(session.started_at)),
        ],
      })), { hidden: true }),
  ];
}

function passkeyList({ factors }) {
  return [
    el('h2', {}, t('account.passkeys')),
    factors.passkeys.length === 0 ? el('p', {}, t('account.passkeys.none')) : table(t('account.passkeys'),
      [t('account.kind'), t('account.added'), t('account.used'), t('account.copies'), t('account.takeAway')],
      factors.passkeys.map((key) => ({
        key: key.id,
        cells: [
          t(`account.thing.${key.label}`), dateTime(key.added_at), key.used_at ? dateTime(key.used_at) : t('account.never'),
          copies(key),
          button('remove-passkey', t('account.takeAway'), { id: key.id }, t(`account.thing.${key.label}`)),
        ],
      })), { hidden: true }),
    canUsePasskeys() && form('add-passkey', {
      fields: [{ name: 'label', kind: 'select', label: t('account.kind'), options: passkeyLabels.map((value) => ({ value, label: t(`account.thing.${value}`) })) }],
      label: t('account.passkeys.add'), submit: t('account.passkeys.add'), look: 'secondary',
    }),
  ];
}

function copies({ locked, device_bound: bound }) {
  if (locked) return t('account.locked');
  return bound ? t('account.bound') : t('account.copied');
}

function codeParts({ factors }, { secret, uri }) {
  if (secret) {
    return [
      el('h2', {}, t('account.codes')),
      el('p', {}, t('account.codes.how')),
      facts([[t('account.codes.secret'), el('code', {}, secret)], [t('account.codes.uri'), el('code', { class: 'long' }, uri)]]),
      form('confirm-codes', {
        fields: [{ name: 'code', label: t('signin.code'), autocomplete: 'one-time-code', plain: true }],
        label: t('account.codes.confirm'), submit: t('account.codes.confirm'), look: 'secondary',
      }),
    ];
  }
  return [
    el('h2', {}, t('account.codes')),
    el('p', {}, factors.codes ? t('account.codes.on', { left: factors.recovery_codes }) : t('account.codes.off')),
    factors.codes
      ? [button('renew-recovery', t('account.recovery.renew'), {}), button('remove-codes', t('account.codes.remove'), {})]
      : button('begin-codes', t('account.codes.begin'), {}),
  ];
}

function deviceList({ devices, session }) {
  if (devices === null) return [];
  const supervises = ['admin', 'casemanager'].includes(session.user.role);
  return [
    el('h2', {}, t('account.devices')),
    devices.length === 0 ? el('p', {}, t('account.devices.none')) : table(t('account.devices'),
      [t('account.kind'), t('signin.username'), t('account.added'), t('account.used'), t('account.lost')],
      devices.map((device) => ({
        key: device.id,
        cells: [
          t(`account.thing.${device.label}`), device.username, dateTime(device.added_at), device.used_at ? dateTime(device.used_at) : t('account.never'),
          device.lost_at ? dateTime(device.lost_at) : button('lose-device', t('account.lose'), { id: device.id }, device.username),
        ],
      })), { hidden: true }),
    supervises && form('issue-ticket', {
      fields: [{ name: 'username', label: t('signin.username'), hint: t('account.ticket.hint'), plain: true }],
      label: t('account.ticket'), submit: t('account.ticket'), look: 'secondary',
    }),
  ];
}

function accountList({ accounts, session }) {
  if (accounts === null) return session.user.role === 'admin' ? [el('h2', {}, t('accounts.heading')), el('p', {}, t('accounts.stepUp'))] : [];
  return [
    el('h2', {}, t('accounts.heading')),
    table(t('accounts.heading'), [t('signin.username'), t('accounts.role'), t('accounts.agency'), t('account.level'), t('accounts.do')],
      accounts.map((account) => ({
        key: account.id,
        cells: [
          account.username, [word('role', account.role), account.waiting && ` (${t('accounts.waits', { role: word('role', account.waiting.role) })})`],
          agency(account.agency), t(`account.assurance.${account.assurance}`), accountActions(account, session.user),
        ],
      })), { hidden: true }),
    form('invite', {
      fields: [
        { name: 'role', kind: 'select', label: t('accounts.role'), options: roles.map((value) => ({ value, label: word('role', value) })) },
        { name: 'agency', kind: 'select', label: t('accounts.agency'), options: optionsOf('agencies', { sorted: true }) },
      ],
      label: t('accounts.invite'), submit: t('accounts.invite'), look: 'secondary',
    }),
  ];
}

function accountActions({ id, username, active, waiting }, user) {
  if (id === user.id) return t('account.current');
  const offered = [active ? 'disable' : 'enable', 'reset-factors', ...(waiting && waiting.asked_by !== user.id ? ['confirm'] : [])];
  return [
    ...offered.map((name) => button('account', t(`accounts.do.${name}`), { id, do: name }, username)),
    button('revoke', t('accounts.revoke'), { id }, username),
  ];
}
