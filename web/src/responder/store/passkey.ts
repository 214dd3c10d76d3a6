// A passkey that belongs to the phone and not to an account: it gives a secret (the PRF extension of WebAuthn) that only whoever unlocks
// the phone can have, also without a network.

import { random } from './crypt.ts';

/** Whether a passkey of this browser may give a secret. Whether it does is known when it is made. */
export function mayHavePasskey(): boolean {
  return typeof PublicKeyCredential === 'function' && window.isSecureContext;
}

/** Makes a passkey, and returns its id and its secret for a salt. It fails with a DOMException where there is none to be had. */
export async function makePasskey(salt: Uint8Array<ArrayBuffer>): Promise<{ credential: Uint8Array<ArrayBuffer>; secret: ArrayBuffer }> {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { name: 'Songtor' },
      user: { id: random(16), name: 'Songtor', displayName: 'Songtor' },
      challenge: random(32),
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }],
      authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' },
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  const credential = credentialOf(made);
  const { prf } = credential.getClientExtensionResults();
  if (prf?.enabled === false) throw noSecret();
  const id = new Uint8Array(credential.rawId);
  const secret = bufferOf(prf?.results?.first);
  return { credential: id, secret: secret ?? await askPasskey(id, salt) }; // some give the secret only when they are asked again
}

/** The secret of a passkey for a salt. It fails with a DOMException where the passkey is not shown. */
export async function askPasskey(credential: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const shown = await navigator.credentials.get({
    publicKey: {
      challenge: random(32), allowCredentials: [{ type: 'public-key', id: credential }], userVerification: 'required',
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  const secret = bufferOf(credentialOf(shown).getClientExtensionResults().prf?.results?.first);
  if (secret === null) throw noSecret();
  return secret;
}

function credentialOf(given: Credential | null): PublicKeyCredential {
  if (!(given instanceof PublicKeyCredential)) throw new DOMException('no passkey was given', 'NotAllowedError');
  return given;
}

function noSecret(): DOMException {
  return new DOMException('this passkey gives no secret', 'NotSupportedError');
}

function bufferOf(source: BufferSource | undefined): ArrayBuffer | null {
  if (source === undefined) return null;
  if (source instanceof ArrayBuffer) return source;
  return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength).slice().buffer;
}
