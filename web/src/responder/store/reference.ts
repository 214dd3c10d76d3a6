// What forms are made of, in a cache that the page owns: no update of the application deletes it.

import { signal } from '@preact/signals';

import type { Schemas } from '../../lib/api.ts';
import { Problem } from '../../lib/problem.ts';
import type { Reference } from '../keeping.ts';
import type { CodeEntry, FormText, Json } from '../form/schema.ts';
import { personLanguages } from '../form/languages.ts';
import { codeLists } from '../form/lists.ts';
import { downloadRecordings, keptRecordings, type Progress, removeRecordings } from '../form/recordings.ts';
import { database } from './database.ts';
import { Missing } from './missing.ts';
import type { SealKey } from './seal.ts';

const cacheName = 'songtor-forms';
const api = '/api/v1';
const latestForm = `${api}/forms/screening`;
const keysAddress = `${api}/forms/keys`;

/** The form that interviews begin with. */
export interface CurrentForm {
  name: string;
  version: number;
  hash: string;
}

/** Whether everything that an interview needs is on the phone; null until that is known. */
export const formsHere = signal<boolean | null>(null);

export const reference: Reference = {
  form: async (version) => (await kept<Schemas['Form']>(`${latestForm}/${version}`)).schema as Json,
  text: async (version, language) => {
    try {
      return await kept<FormText>(`${latestForm}/${version}/text/${language}`);
    } catch (error) {
      if (error instanceof Missing || (error instanceof Problem && error.status === 404)) return null;
      throw error;
    }
  },
  codes: async (list) => (await kept<{ items: CodeEntry[] }>(`${api}/codes/${list}`)).items,
  audio: async (language) => keptRecordings(await caches.open(cacheName), language),
};

/** Downloads the recordings of a language; false where the service has none. */
export async function downloadAudio(language: string, progress: Progress): Promise<boolean> {
  return (await downloadRecordings(await caches.open(cacheName), language, progress)) !== null;
}

/** Removes the recordings of a language. */
export async function removeAudio(language: string): Promise<void> {
  await removeRecordings(await caches.open(cacheName), language);
}

/** The form that interviews begin with. */
export async function currentForm(): Promise<CurrentForm> {
  const { name, version, hash } = await kept<Schemas['Form']>(latestForm);
  return { name, version, hash };
}

/** The keys of the service. */
export interface ServiceKeys {
  seal: SealKey;
  receipt_key: string;
}

const keysFact = 'service keys';

/** To what forms are sealed, and by what receipts are checked. They lie beside the drafts: without them none can be finished. */
export async function serviceKeys(): Promise<ServiceKeys> {
  const there = await (await database()).get('facts', keysFact);
  return there === undefined ? fetchKeys() : JSON.parse(there) as ServiceKeys;
}

async function fetchKeys(): Promise<ServiceKeys> {
  const keys = (await (await fetchNow(keysAddress)).json()) as ServiceKeys;
  await (await database()).put('facts', JSON.stringify(keys), keysFact);
  return keys;
}

/** Fetches everything that an interview needs anew. It fails with a Problem, and leaves what is there as it is. */
export async function download(): Promise<void> {
  const fetched = new Map<string, Response>();
  const get = async (address: string) => {
    const response = await fetchNow(address);
    fetched.set(address, response.clone());
    return response;
  };
  const { version, languages } = (await (await get(latestForm)).json()) as Schemas['Form'];
  const tags = personLanguages.map(({ tag }) => tag).filter((tag) => languages.includes(tag));
  await Promise.all([
    `${latestForm}/${version}`, ...tags.map((tag) => `${latestForm}/${version}/text/${tag}`), ...codeLists.map((list) => `${api}/codes/${list}`),
  ].map(get));
  const cache = await caches.open(cacheName);
  await Promise.all([...fetched].map(([address, response]) => cache.put(address, response)));
  await fetchKeys();
  await (await database()).put('facts', new Date().toISOString(), freshFact);
  formsHere.value = true;
}

const freshFact = 'forms fetched';
const freshFor = 24 * 3600_000; // milliseconds

/** Fetches everything anew where that was not done for a day and somebody is signed in; without a connection all stays as it is. */
export async function refreshForms(): Promise<void> {
  const at = await (await database()).get('facts', freshFact);
  if (at !== undefined && Date.now() - Date.parse(at) < freshFor) return;
  await download().catch((error: unknown) => { if (!(error instanceof Missing) && !(error instanceof Problem)) throw error; });
}

/** Looks whether everything is here; with a connection it fetches what is not. */
export async function learnForms(): Promise<void> {
  try {
    const { version } = await currentForm();
    await Promise.all([serviceKeys(), kept(`${latestForm}/${version}`), kept(`${latestForm}/${version}/text/th`), kept(`${latestForm}/${version}/text/en`),
      ...codeLists.map((list) => kept(`${api}/codes/${list}`))]);
    formsHere.value = true;
  } catch (error) {
    if (!(error instanceof Missing) && !(error instanceof Problem)) throw error;
    formsHere.value = false;
  }
}

/** Removes all of it. */
export async function removeReference(): Promise<void> {
  await caches.delete(cacheName);
  formsHere.value = false;
}

async function kept<Data>(address: string): Promise<Data> {
  const there = await stored(address);
  if (there !== undefined) return (await there.json()) as Data;
  const fetched = await fetchNow(address);
  await (await caches.open(cacheName)).put(address, fetched.clone());
  return (await fetched.json()) as Data;
}

async function stored(address: string): Promise<Response | undefined> {
  return (await caches.open(cacheName)).match(address);
}

async function fetchNow(address: string): Promise<Response> {
  const response = await fetch(address, { cache: 'no-store' }).catch(() => { throw new Missing(); });
  if (!response.ok) throw new Problem(response.status);
  return response;
}
