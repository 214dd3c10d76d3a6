// The phone's database. A version only ever adds to the one before: what waits to be sent outlives every update.

import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';

import type { Receipt } from '../../lib/api.ts';
import type { Closed, Wrapped } from './crypt.ts';

/** What is known of the phone itself. */
export interface Phone {
  /** The account whose phone it is: nobody else sends what was finished here. */
  owner: string;
  key: Wrapped;
  /** Wrong passphrases since the last right one. */
  wrong: number;
}

/** A draft as it is kept. What tells its age is in clear, so that old ones can go while the phone is locked. */
export interface KeptDraft extends Closed {
  id: string;
  /** When it was last touched, by the service's time as far as the phone knew it. */
  updatedAt: string;
  /** When the service first told its time after that, in milliseconds. */
  seen?: number;
}

/** A form that only the service can open. */
export interface Sealed {
  key: string;
  enc: string;
  ciphertext: string;
}

/** Why the service does not take a form. */
export interface Refusal {
  status: number;
  kind: string | null;
}

/** A finished form. Nothing in it tells who the person is. */
export interface Item {
  id: string;
  owner: string;
  /** `held`: handed over by a phone that is in use no more; a person decides whether it is recorded. */
  state: 'waiting' | 'sending' | 'received' | 'held' | 'attention';
  finishedAt: string;
  attempts: number;
  /** Gone once the service has it. */
  sealed?: Sealed;
  receivedAt?: string;
  receipt?: Receipt;
  refusal?: Refusal;
}

interface Schema extends DBSchema {
  phone: { key: 'phone'; value: Phone };
  drafts: { key: string; value: KeptDraft };
  outbox: { key: string; value: Item };
  /** When something was last sent, and the like. */
  facts: { key: string; value: string };
  /** The key by which the phone is known; it cannot be taken out. */
  device: { key: 'device'; value: { key: CryptoKey; jwk: JsonWebKey } };
}

export type Database = IDBPDatabase<Schema>;

export const databaseName = 'songtor-phone';
export const databaseVersion = 3;

let opened: Promise<Database> | null = null;

/** The database, opened once. */
export function database(): Promise<Database> {
  opened ??= openDB<Schema>(databaseName, databaseVersion, {
    upgrade(db, from) {
      if (from < 1) {
        db.createObjectStore('phone');
        db.createObjectStore('drafts', { keyPath: 'id' });
        db.createObjectStore('outbox', { keyPath: 'id' });
      }
      if (from < 2) db.createObjectStore('facts');
      if (from < 3) db.createObjectStore('device');
    },
    blocking: (_from, _to, event) => {
      (event.target as IDBDatabase).close(); // a newer page is waiting; this one opens again when it next needs to
      opened = null;
    },
    terminated: () => { opened = null; },
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** Closes the database and removes it with all that is in it. */
export async function removeDatabase(): Promise<void> {
  (await opened?.catch(() => null))?.close();
  opened = null;
  await deleteDB(databaseName);
}
