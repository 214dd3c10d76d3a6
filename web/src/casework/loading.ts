// What a page reads from the service: shown as soon as it is there, read again when something may have changed, and left as it is while a
// network is gone.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { Problem } from '../lib/api.ts';
import { useChanges } from '../lib/live.ts';

export type Loaded<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; problem: Problem };

export interface Loading<T> {
  loaded: Loaded<T>;
  /** Reads again, and resolves when what was read is shown. What is shown stays until then. */
  reload: () => Promise<void>;
}

type Read<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Reads something for as long as the component is shown. The key says what is read: with another one it is read anew. `live` says whether
 * changes elsewhere are followed: what is shown as it was known at a moment does not change.
 */
export function useLoading<T>(key: string, read: Read<T>, live = true): Loading<T> {
  const [shown, setShown] = useState<{ key: string; loaded: Loaded<T> }>({ key, loaded: { state: 'loading' } });
  const latest = useRef(read);
  latest.current = read;
  const running = useRef<AbortController | null>(null);

  const reload = useCallback(async () => {
    running.current?.abort();
    const { signal } = running.current = new AbortController();
    try {
      const value = await latest.current(signal);
      if (!signal.aborted) setShown({ key, loaded: { state: 'ready', value } });
    } catch (error) {
      if (signal.aborted) return;
      const problem = asProblem(error);
      setShown((before) => ({ key, loaded: keeps(before, key, problem) ? before.loaded : { state: 'failed', problem } }));
    }
  }, [key]);

  useEffect(() => {
    void reload();
    return () => running.current?.abort();
  }, [reload]);
  // Waited for: changes that follow each other quickly would end every slow read before its answer came.
  useChanges(useCallback(() => (live ? reload() : undefined), [live, reload]));
  return { loaded: shown.key === key ? shown.loaded : { state: 'loading' }, reload };
}

// What was read before stays where only the network is gone: the status line says that.
function keeps<T>(before: { key: string; loaded: Loaded<T> }, key: string, problem: Problem): boolean {
  return before.key === key && before.loaded.state === 'ready' && (problem.status === 0 || problem.status >= 500 || problem.status === 429);
}

/** An error of a call, as the Problem that it is; anything else is a fault of the page and goes on. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}
