// Who opened something, as the access record tells it: a role and the number of an account. It names nobody.

import { useText, word as wordOf } from '../../lib/i18n.ts';
import { Tag } from '../../parts/index.ts';
import type { Opening } from '../model.ts';
import { reader } from '../reader.ts';
import { word } from './words.ts';

/** An account by its role and its number. */
export function Who({ of: { role, account_id: account } }: { of: Pick<Opening, 'role' | 'account_id'> }) {
  const t = useText('casework');
  return <>{wordOf('common', 'role', role)} {account === reader().id ? `(${t('openings.you')})` : <code class="code">{account}</code>}</>;
}

/** What was asked, in words where there are any: reading, or a command. */
export function asked(action: string): string {
  const reading = word('asked', action);
  return reading === action ? wordOf('decide', 'command', action) : reading;
}

/** How an opening ended. Whatever is not the usual way stands out, and says so. */
export function OutcomeTag({ outcome }: { outcome: string }) {
  const name = word('access_outcome', outcome);
  if (outcome === 'shown') return <>{name}</>;
  return <Tag colour={outcome === 'broken_glass' ? 'orange' : 'red'}>{name}</Tag>;
}
