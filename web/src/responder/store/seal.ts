// Finished forms are sealed to the service: HPKE (RFC 9180), so that this phone can send them and not open them.

import { base64, bytesOf } from './crypt.ts';
import type { Sealed } from './database.ts';
import type { ScreeningBody } from '../draft.ts';

/** The key of the service to which forms are sealed. */
export interface SealKey {
  id: string;
  /** Uncompressed point on P-256, in base64. */
  public_key: string;
}

const info = 'songtor form v1';
const paddedTo = 4096; // bytes, so that a length says little of the answers

/** Seals a form for a screening. */
export async function seal(key: SealKey, screening: string, body: ScreeningBody): Promise<Sealed> {
  const { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } = await import('@hpke/core');
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const encoder = new TextEncoder();
  const recipientPublicKey = await suite.kem.deserializePublicKey(bytesOf(key.public_key).buffer);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: encoder.encode(info).buffer as ArrayBuffer });
  const ciphertext = await sender.seal(padded(encoder.encode(JSON.stringify(body))).buffer, encoder.encode(screening).buffer as ArrayBuffer);
  return { key: key.id, enc: base64(sender.enc), ciphertext: base64(ciphertext) };
}

// White space after JSON says nothing.
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(bytes.length / paddedTo) * paddedTo).fill(0x20);
  out.set(bytes);
  return out;
}
