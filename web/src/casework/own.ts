// What somebody has begun at a desk, and whose it is. It lies in the page's memory alone: it is about a person, and a browser's storage on a
// shared desk would keep it in clear.

import { effect } from '@preact/signals';

import { onLeaving } from '../lib/leaving.ts';
import { standing } from '../lib/session.ts';

/**
 * Calls `forget` when somebody signs out, when somebody else signs in, and when somebody leaves in a hurry. Where a session runs out while
 * somebody types, what they wrote stays, unseen: they go on with it when they have signed in again.
 */
export function ownersAlone(forget: () => void): void {
  let owner: string | null = null;
  effect(() => {
    const now = standing.value;
    const user = now.state === 'in' ? now.session.user.id : owner;
    if (user !== owner || (now.state === 'out' && !now.ended)) forget();
    owner = user;
  });
  onLeaving(forget);
}
