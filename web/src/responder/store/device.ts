// The phone as a device that its agency knows: it has a key that never leaves it, by which it still hands over what was finished on it
// when it was reported lost or its officer's account was shut, and so nobody can sign in on it any more.

import { signal } from '@preact/signals';

import type { Schemas } from '../../lib/api.ts';
import { now } from '../../lib/clock.ts';
import { checked, patiently } from '../../lib/calling.ts';
import { base64 } from './crypt.ts';
import { database, type Sealed } from './database.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const sealedType = 'application/vnd.songtor.sealed+json';

/** Whether the phone was enrolled; null until that is known. */
export const enrolled = signal<boolean | null>(null);

/** Reads whether the phone was enrolled. */
export async function learnDevice(): Promise<void> {
  enrolled.value = (await (await database()).get('device', 'device')) !== undefined;
}

/** Enrols the phone with a ticket of its officer's agency. It fails with a Problem where the ticket is not good. */
export async function enrol(ticket: string): Promise<void> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  const device = { key: privateKey, jwk: { kty, crv, x, y } };
  const body = JSON.stringify({ ticket: ticket.trim(), label: 'phone', key: device.jwk });
  await send('POST', '/api/v1/devices', body, 'application/json', device);
  await (await database()).put('device', device, 'device');
  enrolled.value = true;
}

/** The header that shows that a request comes from this phone; none where it was not enrolled. */
export async function proofHeader(method: string, path: string, body: unknown): Promise<Record<string, string>> {
  const device = await (await database()).get('device', 'device');
  return device === undefined ? {} : { DPoP: await proofOf(device, method, path, JSON.stringify(body)) };
}

/** What the service says of a form that was handed over. */
export type HandedOver = Schemas['HandedOver'];

/**
 * Hands a finished form over without a session, to be kept until a person has decided; null where the phone was not enrolled. It fails with
 * a Problem, of status 401 where the device is in use: then the form goes the usual way, as soon as its officer signs in.
 */
export async function handOver(id: string, sealed: Sealed): Promise<HandedOver | null> {
  const device = await (await database()).get('device', 'device');
  if (device === undefined) return null;
  return (await send('PUT', `/api/v1/quarantine/${id}`, JSON.stringify(sealed), sealedType, device)) as HandedOver;
}

/** The key of an enrolled phone. */
export interface Device {
  key: CryptoKey;
  jwk: JsonWebKey;
}

async function send(method: string, path: string, body: string, type: string, device: Device): Promise<unknown> {
  const proof = await proofOf(device, method, path, body);
  const response = await patiently(new Request(path, { method, body, headers: { 'Content-Type': type, DPoP: proof } }));
  await checked(response);
  return response.json();
}

// RFC 9449, with the digest of the body.
async function proofOf({ key, jwk }: Device, method: string, path: string, body: string): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  const claims = { jti: crypto.randomUUID(), htm: method, htu: location.origin + path, iat: Math.floor(now() / 1000), bh: forURL(base64(digest)) };
  const text = `${encoded(header)}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new TextEncoder().encode(text));
  return `${text}.${forURL(base64(signature))}`;
}

function encoded(value: object): string {
  return forURL(base64(new TextEncoder().encode(JSON.stringify(value))));
}

function forURL(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
