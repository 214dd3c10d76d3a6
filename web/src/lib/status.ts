// What the status line says beside the state of the connection, such as how many forms wait to be sent; and the counts that stand at the
// links of the navigation.

import { signal } from '@preact/signals';

/** How following the changes goes: `live`, `offline`, or null while it is not known or not for this role. */
export const connection = signal<'live' | 'offline' | null>(null);

/**
 * What the service may tell everybody, by the event that tells it: that it takes nothing in for now, so that everything can be read and
 * nothing changed; that a list stays as it was, so that what is new may be missing in it, while everything else goes on.
 */
export type Announcement = 'read-only' | 'stale';

/** What it tells now. */
export const told = signal<readonly Announcement[]>([]);

type Words = () => string | null;

/** What areas have to say in the status line, each under its own name; the words are asked for whenever it is drawn. */
export const notes = signal<ReadonlyMap<string, Words>>(new Map());

/** Says something in the status line, in the place of what was said under the name; null takes it back. */
export function say(name: string, words: Words | null): void {
  const next = new Map(notes.peek());
  if (words === null) next.delete(name);
  else next.set(name, words);
  notes.value = next;
}

/** The counts at the links of the navigation, by the addresses that the links lead to. */
export const counts = signal<Readonly<Record<string, number>>>({});

/** Shows a count at the link to an address; null takes it away. */
export function showCount(path: string, n: number | null): void {
  const { [path]: _, ...others } = counts.peek(); // who says a count does not listen to it
  counts.value = n === null ? others : { ...others, [path]: n };
}
