// The list that the reader came from, so that the way back from a case leads to it with its filters and its page.

import { address, href } from '../../lib/route.ts';
import { stageHref } from '../links.ts';
import type { Stage } from '../model.ts';

let last: string | null = null;

/** Remembers the list that is shown as the one to go back to. */
export function rememberList(): void {
  const { path, query } = address.peek();
  last = href(path, Object.fromEntries(query));
}

/** Where to go back to from a case: the list that was shown last, or that of the case's stage. */
export function lastList(stage: Stage): string {
  return last ?? stageHref(stage);
}
