// Deleting a finished form that the service has not taken: it is gone then, and asked about for that reason.

import { texts } from '../../lib/i18n.ts';
import { go, type PageProps } from '../../lib/route.ts';
import { Actions, Button, Link, NotFound, Page, Warning } from '../../parts/index.ts';
import { items, removeItem } from '../store/outbox.ts';
import { useBegun } from './begun.ts';

export default function Discard({ params }: PageProps) {
  const t = texts('responder');
  const begun = useBegun();
  const item = items.value.find(({ id }) => id === params.id);
  if (!begun) return <div class="waiting" aria-busy="true" />;
  if (item === undefined) return <NotFound />;
  const remove = async () => {
    await removeItem(item.id);
    go('/responder', { replace: true });
  };
  return (
    <Page title={t('discard.heading')} back={{ href: `/responder/finished/${item.id}`, text: t('back') }}>
      <Warning>{t('discard.text')}</Warning>
      <Actions>
        <Button look="warning" onClick={() => void remove()}>{t('discard.button')}</Button>
        <Link href={`/responder/finished/${item.id}`}>{t('discard.keep')}</Link>
      </Actions>
    </Page>
  );
}
