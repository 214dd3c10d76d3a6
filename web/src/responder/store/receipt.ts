// The service answers for a form that it took: it signs that the form is in its log. The phone checks that by itself.

import type { Receipt } from '../../lib/api.ts';
import { bytesOf } from './crypt.ts';

/** `unknown` where this browser cannot check signatures, or the key is not the one that the phone has. */
export type Verdict = 'good' | 'bad' | 'unknown';

/** Checks the signature of a receipt by a verifier key: name, id and key, with a plus between. */
export async function verdictOn(receipt: Receipt, verifier: string): Promise<Verdict> {
  const [name = '', id = '', material = ''] = partsOf(verifier);
  if (id !== receipt.key_id) return 'unknown';
  const key = bytesOf(material);
  if (key[0] !== ed25519 || key.length !== 33) return 'unknown';
  try {
    const imported = await crypto.subtle.importKey('raw', key.slice(1), 'Ed25519', false, ['verify']);
    const good = await crypto.subtle.verify('Ed25519', imported, bytesOf(receipt.signature), new TextEncoder().encode(signedText(receipt, name)));
    return good ? 'good' : 'bad';
  } catch (error) {
    if (error instanceof DOMException) return 'unknown'; // an older browser has no Ed25519
    throw error;
  }
}

const ed25519 = 1; // as the C2SP signed-note specification counts algorithms

// The name has no plus; the key, in base64, may.
function partsOf(verifier: string): string[] {
  const [name = '', id = '', ...rest] = verifier.split('+');
  return [name, id, rest.join('+')];
}

function signedText(receipt: Receipt, verifierName: string): string {
  const log = verifierName.replace(/\/receipts$/, '/cases');
  return `songtor receipt v1\nlog ${log}\ncase ${receipt.case_id}\ncommand ${receipt.command_id}\nposition ${receipt.position}\n`
    + `digest ${receipt.digest}\nin the tree within ${receipt.mmd_seconds} s\n`;
}
