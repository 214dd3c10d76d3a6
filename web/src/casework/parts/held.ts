// A list whose newest entries come on top by themselves. What comes while somebody works through it waits until they ask for it: else another
// row would lie under a pointer that is about to press.

import { useRef, useState } from 'preact/hooks';

/** How many entries stand before the first that was shown already. None where nothing of that is left. */
export function waiting(ids: readonly string[], shown: ReadonlySet<string>): number {
  return Math.max(0, ids.findIndex((id) => shown.has(id)));
}

/** Holds back what comes to the top of a list while it is shown, until `show` is called. */
export function useHeldBack<T>(items: readonly T[], idOf: (one: T) => string) {
  const shown = useRef(new Set<string>());
  const [asked, setAsked] = useState(0);
  const held = waiting(items.map(idOf), shown.current);
  const rows = items.slice(held);
  for (const one of rows) shown.current.add(idOf(one));

  function show(): void {
    shown.current.clear();
    setAsked(asked + 1);
  }

  return { rows, held, asked, show };
}
