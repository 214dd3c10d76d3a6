// What somebody has begun at a desk, and whose it is. It lies in the page's memory alone: it is about a person, and a browser's storage on a
// shared desk would keep it in clear.

import { effect } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

import { onLeaving } from '../lib/leaving.ts';
import { session, standing } from '../lib/session.ts';

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

const forms = new Map<string, unknown>();
ownersAlone(() => forms.clear());

/** What is written in a form of one page, by the form's name. It is forgotten when they go to another page. */
export function useWritten<T>(form: string, blank: T): [T, (written: T) => void] {
  const [written, setWritten] = useState(() => (forms.get(form) ?? blank) as T);
  useEffect(() => () => {
    if (session.peek() !== null) forms.delete(form); // else the session has run out
  }, [form]);
  return [written, (now) => {
    forms.set(form, now);
    setWritten(now);
  }];
}
