// Passkeys: the browser's part of signing in by one and of registering one.

import { send } from './api.ts';

/** Whether this browser can use passkeys as the service describes them. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';
}

/** Signs in by a passkey; the person is asked for it by the browser. It fails with a DOMException where the person does not answer. */
export async function signInByPasskey(): Promise<void> {
  await send('POST', '/api/v1/session/passkey/finish', await asserted());
}

/** Raises the session by a passkey. */
export async function stepUpByPasskey(): Promise<void> {
  await send('POST', '/api/v1/session/step-up/passkey', await asserted());
}

async function asserted() {
  const { ceremony, options } = (await send('POST', '/api/v1/session/passkey', {})) as {
    ceremony: string; options: { publicKey: PublicKeyCredentialRequestOptionsJSON };
  };
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  return { ceremony, credential: jsonOf(await navigator.credentials.get({ publicKey })) };
}

/** Registers a passkey of a kind of thing. */
export async function addPasskey(label: string): Promise<void> {
  const { ceremony, options } = (await send('POST', '/api/v1/factors/passkeys', {})) as {
    ceremony: string; options: { publicKey: PublicKeyCredentialCreationOptionsJSON };
  };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  const credential = jsonOf(await navigator.credentials.create({ publicKey }));
  await send('POST', '/api/v1/factors/passkeys/finish', { ceremony, label, credential });
}

function jsonOf(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey was given', 'NotAllowedError');
  return credential.toJSON();
}

