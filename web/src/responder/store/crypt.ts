// How drafts are closed on the phone: by one key at random, which itself is kept only wrapped, by what a passphrase or a passkey gives.

/** Rounds of PBKDF2-SHA-256: what a guess at a passphrase costs whoever has copied the phone's storage. */
export const rounds = 600_000;

/** Bytes that were encrypted with AES-256-GCM. */
export interface Closed {
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/** The key of drafts as it is kept. */
export type Wrapped = Closed & ({ by: 'passphrase'; salt: Uint8Array<ArrayBuffer>; rounds: number } | { by: 'passkey'; salt: Uint8Array<ArrayBuffer>; credential: Uint8Array<ArrayBuffer> });

const algorithm = { name: 'AES-GCM', length: 256 } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function random(size: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Encrypts a value. It opens under the same key for the same name only. */
export async function close(key: CryptoKey, name: string, value: unknown): Promise<Closed> {
  return closeBytes(key, name, encoder.encode(JSON.stringify(value)));
}

/** Decrypts what close made; fails with an OperationError where it was not made so. */
export async function open(key: CryptoKey, name: string, closed: Closed): Promise<unknown> {
  return JSON.parse(decoder.decode(await openBytes(key, name, closed)));
}

async function closeBytes(key: CryptoKey, name: string, bytes: BufferSource): Promise<Closed> {
  const iv = random(12);
  return { iv, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: encoder.encode(name) }, key, bytes) };
}

function openBytes(key: CryptoKey, name: string, { iv, bytes }: Closed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: encoder.encode(name) }, key, bytes);
}

/** The key that a passphrase gives. Spellings that look alike count as one. */
export async function keyOfPassphrase(passphrase: string, salt: BufferSource, iterations = rounds): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, material, algorithm, false, ['encrypt', 'decrypt']);
}

/** The key that the secret of a passkey gives. */
export async function keyOfSecret(secret: BufferSource, salt: BufferSource): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = encoder.encode('songtor drafts v1');
  return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info }, material, algorithm, false, ['encrypt', 'decrypt']);
}

const wrapping = 'key of drafts';

/** A key at random and the same, wrapped by another. */
export async function newKey(by: CryptoKey): Promise<{ key: CryptoKey; wrapped: Closed }> {
  const raw = random(32);
  const wrapped = await closeBytes(by, wrapping, raw);
  const key = await imported(raw);
  raw.fill(0);
  return { key, wrapped };
}

/** Unwraps a key; null where it was wrapped by another. */
export async function unwrap(by: CryptoKey, wrapped: Closed): Promise<CryptoKey | null> {
  try {
    return await imported(await openBytes(by, wrapping, wrapped));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null;
    throw error;
  }
}

function imported(raw: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, algorithm, false, ['encrypt', 'decrypt']);
}

/** Base64, as JSON carries bytes. */
export function base64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes that a base64 text stands for. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
