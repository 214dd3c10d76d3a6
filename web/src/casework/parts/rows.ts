// The keyboard in a list: with the arrow keys from case to case, Home and End to the first and the last. Tab goes through everything, as
// everywhere.

import { useLayoutEffect, useRef } from 'preact/hooks';

const keys = ['ArrowDown', 'ArrowUp', 'Home', 'End'];

/** Moves the focus among the links to cases when one of them has it. */
export function onArrows(event: KeyboardEvent): void {
  const { target, currentTarget, key } = event;
  if (!keys.includes(key) || !(target instanceof HTMLElement) || !(currentTarget instanceof HTMLElement) || !target.matches('a.reference')) return;
  const links = [...currentTarget.querySelectorAll<HTMLElement>('a.reference')];
  const at = links.indexOf(target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[key] ?? at;
  const next = links[Math.max(0, Math.min(links.length - 1, to))];
  event.preventDefault();
  next?.focus();
}

interface Place {
  focused: Element;
  row: Element;
  at: number;
}

/**
 * Keeps the place of the keyboard in a list, for the element around its table: where what has the focus goes, because somebody has done it or
 * taken the case, the link of its row has it next, or that of the row in its place.
 */
export function useKeptPlace() {
  const list = useRef<HTMLDivElement>(null);
  const place = useRef<Place | null>(null);
  useLayoutEffect(() => {
    if (place.current === null || place.current.focused.isConnected || document.activeElement !== document.body) return;
    const { row, at } = place.current;
    const rows = rowsOf(list.current);
    const next = row.isConnected ? row : rows[Math.min(at, rows.length - 1)];
    (next?.querySelector('a') ?? document.querySelector<HTMLElement>('main h1'))?.focus({ preventScroll: next !== undefined });
  });

  function come({ target }: FocusEvent): void {
    const row = target instanceof Element ? target.closest('tbody tr') : null;
    place.current = row === null ? null : { focused: target as Element, row, at: rowsOf(list.current).indexOf(row) };
  }

  function leave({ relatedTarget }: FocusEvent): void {
    if (relatedTarget !== null) place.current = null; // null where what had the focus is taken away
  }

  return { ref: list, onFocusIn: come, onFocusOut: leave };
}

function rowsOf(list: Element | null): Element[] {
  return [...list?.querySelectorAll('tbody tr') ?? []];
}
