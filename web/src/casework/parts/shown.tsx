// How much a list shows, said to those who do not see it change when a filter is set.

import { count } from '../../lib/i18n.ts';
import type { Loaded } from '../loading.ts';

/** Says how many entries a list shows. */
export function Shown({ loaded }: { loaded: Loaded<{ items: readonly unknown[] }> }) {
  return <p class="govuk-visually-hidden" role="status">{loaded.state === 'ready' && count('casework', 'list.shown', loaded.value.items.length)}</p>;
}
