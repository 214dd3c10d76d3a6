// Passkeys: what the service asks of an authenticator, and what that answers.

import { post } from './api.js';

/** Whether this browser can use passkeys at all. */
export function canUsePasskeys() {
  return typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';
}

/** Signs in by a passkey; the person is asked for it by the browser. It fails with a DOMException where the person does not answer. */
export async function signInByPasskey() {
  return post('/session/passkey/finish', await asserted());
}

/** Raises the session by a passkey. */
export async function stepUpByPasskey() {
  return post('/session/step-up/passkey', await asserted());
}

async function asserted() {
  const { ceremony, options } = await post('/session/passkey');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  const credential = await navigator.credentials.get({ publicKey });
  return { ceremony, credential: credential.toJSON() };
}

/** Registers a passkey of a kind of thing. */
export async function addPasskey(label) {
  const { ceremony, options } = await post('/factors/passkeys');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  const credential = await navigator.credentials.create({ publicKey });
  return post('/factors/passkeys/finish', { ceremony, label, credential: credential.toJSON() });
}
