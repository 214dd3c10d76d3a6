// Reading what a page shows: what was read stays while it is read again, so that nothing flickers.

import { useCallback, useEffect, useState } from 'preact/hooks';

/** What was read, or what went wrong. */
export interface Loaded<Data> {
  data: Data | null;
  error: unknown;
  /** Reads again. */
  again: () => Promise<void>;
}

/** Reads when the component is first shown, and whenever one of the inputs changes. Another answer than the last asked for is not taken. */
export function useLoaded<Data>(read: () => Promise<Data>, inputs: readonly unknown[] = []): Loaded<Data> {
  const [found, setFound] = useState<{ data: Data | null; error: unknown }>({ data: null, error: null });
  const reader = useCallback(read, inputs);
  const again = useCallback(async () => {
    try {
      setFound({ data: await reader(), error: null });
    } catch (error) {
      setFound((before) => ({ data: before.data, error }));
    }
  }, [reader]);
  useEffect(() => {
    let current = true;
    reader().then(
      (data) => current && setFound({ data, error: null }),
      (error: unknown) => current && setFound({ data: null, error }),
    );
    return () => { current = false; };
  }, [reader]);
  return { ...found, again };
}
