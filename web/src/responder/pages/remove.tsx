// Removing everything from the phone. What was not sent is lost with it, and the page says how much that is.

import { useState } from 'preact/hooks';

import { count, texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Actions, Button, type Fault, Link, Page, Warning } from '../../parts/index.ts';
import { removeEverything } from '../store/index.ts';
import { items } from '../store/outbox.ts';
import { useBegun } from './begun.ts';
import { whyNot } from './words.ts';

export default function Remove() {
  const t = texts('responder');
  const begun = useBegun();
  const [faults, setFaults] = useState<Fault[]>([]);
  if (!begun) return <div class="waiting" aria-busy="true" />;
  const unsent = items.value.filter(({ state }) => state !== 'received').length;
  const remove = () => removeEverything().then(() => go('/responder', { replace: true }), (error: unknown) => setFaults([{ message: whyNot(error) }]));
  return (
    <Page title={t('remove.heading')} faults={faults} back={{ href: '/responder', text: t('back') }}>
      <p class="govuk-body">{t('remove.text')}</p>
      {unsent > 0 && <Warning>{count('responder', 'remove.unsent', unsent)}</Warning>}
      <Actions>
        <Button look="warning" onClick={() => void remove()}>{t('remove.button')}</Button>
        <Link href="/responder">{t('discard.keep')}</Link>
      </Actions>
    </Page>
  );
}
