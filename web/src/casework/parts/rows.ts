// The keyboard in a list: with the arrow keys from case to case, Home and End to the first and the last. Tab goes through everything, as
// everywhere.

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
