// Pages that show what lies on the phone wait until it was read.

import { useEffect, useState } from 'preact/hooks';

import { begin } from '../store/index.ts';

/** Whether the phone's storage has been read. */
export function useBegun(): boolean {
  const [begun, setBegun] = useState(false);
  useEffect(() => { void begin().finally(() => setBegun(true)); }, []);
  return begun;
}
