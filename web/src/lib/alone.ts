// What must not be done twice by a second press: what is shown once would be followed by another, and one of the two is good for nothing.

import { useCallback, useRef } from 'preact/hooks';

/** Gives a function that does something, and nothing while that is still being done. */
export function useAlone(): (act: () => Promise<void>) => Promise<void> {
  const busy = useRef(false);
  return useCallback(async (act) => {
    if (busy.current) return;
    busy.current = true;
    await act().finally(() => { busy.current = false; });
  }, []);
}
