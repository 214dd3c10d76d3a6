// The recordings of the prompts, a language at a time: downloaded once into a cache that the page owns, played from memory afterwards. A
// sound from memory needs no part of a file to be asked for, which is where offline playing fails in some browsers.

import type { Audio, AudioManifest } from '../keeping.ts';

/** How far a download has come. */
export type Progress = (bytes: number, of: number) => void;

function addressOf(language: string, file: string): string {
  return `/audio/${encodeURIComponent(language)}/${encodeURIComponent(file)}`;
}

const manifestFile = 'manifest.json';

/** What recordings the service has in a language; null where it has none. */
export async function offeredRecordings(language: string): Promise<AudioManifest | null> {
  const response = await fetch(addressOf(language, manifestFile));
  if (!isJson(response)) return null; // an address that does not exist is answered with the page
  return (await response.json()) as AudioManifest;
}

function isJson(response: Response): boolean {
  return response.ok && (response.headers.get('Content-Type') ?? '').startsWith('application/json');
}

/** How many bytes the recordings of a manifest are together; prompts may share one. */
export function sizeOf({ prompts }: AudioManifest): number {
  return [...filesOf(prompts).values()].reduce((sum, bytes) => sum + bytes, 0);
}

function filesOf(prompts: AudioManifest['prompts']): Map<string, number> {
  return new Map(Object.values(prompts).map(({ file, bytes }) => [file, bytes]));
}

/** Downloads the recordings of a language. The manifest is kept last: with it, every recording is there. */
export async function downloadRecordings(cache: Cache, language: string, progress: Progress = () => undefined): Promise<AudioManifest | null> {
  const manifest = await offeredRecordings(language);
  if (manifest === null) return null;
  const whole = sizeOf(manifest);
  let done = 0;
  for (const [file, bytes] of filesOf(manifest.prompts)) {
    await keep(cache, addressOf(language, file));
    done += bytes;
    progress(done, whole);
  }
  await cache.put(addressOf(language, manifestFile), new Response(JSON.stringify(manifest), { headers: { 'Content-Type': 'application/json' } }));
  return manifest;
}

async function keep(cache: Cache, address: string): Promise<void> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the recording was answered with status ${response.status}`);
  await cache.put(address, response);
}

/** The recordings of a language that were downloaded; null where they were not. */
export async function keptRecordings(cache: Cache, language: string): Promise<Audio | null> {
  const kept = await cache.match(addressOf(language, manifestFile));
  if (kept === undefined) return null;
  const manifest = (await kept.json()) as AudioManifest;
  return {
    manifest,
    open: async (prompt) => {
      const entry = manifest.prompts[prompt];
      const sound = entry === undefined ? undefined : await cache.match(addressOf(language, entry.file));
      return sound === undefined ? null : sound.blob();
    },
  };
}

/** Removes the recordings of a language. */
export async function removeRecordings(cache: Cache, language: string): Promise<void> {
  const kept = await keptRecordings(cache, language);
  if (kept === null) return;
  await cache.delete(addressOf(language, manifestFile));
  await Promise.all([...filesOf(kept.manifest.prompts).keys()].map((file) => cache.delete(addressOf(language, file))));
}
