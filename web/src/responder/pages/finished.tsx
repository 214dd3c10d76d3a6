// One finished form: whether the service has it, how that can be checked, and what to do where it does not take it.

import { dateTime } from '../../lib/dates.ts';
import { texts, type Key } from '../../lib/i18n.ts';
import { useLoaded } from '../../lib/loaded.ts';
import type { PageProps } from '../../lib/route.ts';
import { Actions, Button, ButtonLink, Inset, Link, NotFound, Page, Panel, SummaryList, Warning } from '../../parts/index.ts';
import { useBegun } from './begun.ts';
import type { Item, Sealed } from '../store/database.ts';
import { exported, items, tryAgain } from '../store/outbox.ts';
import { verdictOn } from '../store/receipt.ts';
import { serviceKeys } from '../store/reference.ts';
import { WaitingHere } from './waiting.tsx';

export default function Finished({ params }: PageProps) {
  const begun = useBegun();
  const item = items.value.find(({ id }) => id === params.id);
  if (!begun) return <div class="waiting" aria-busy="true" />;
  if (item === undefined) return <NotFound />;
  if (item.state === 'received') return <Received item={item} />;
  if (item.state === 'held') return <Held item={item} />;
  return item.state === 'attention' ? <Attention item={item} /> : <Waits item={item} />;
}

function Received({ item }: { item: Item }) {
  const t = texts('responder');
  const { receipt } = item;
  const { data: verdict } = useLoaded(async () => (receipt === undefined ? null : verdictOn(receipt, (await serviceKeys()).receipt_key)), [receipt]);
  return (
    <Page title={t('received.heading')} questionIsHeading back={{ href: '/responder', text: t('back') }}>
      <Panel title={t('received.heading')}>{t('received.reference')}<br /><strong class="reference">{receipt?.case_reference}</strong></Panel>
      <p class="govuk-body">{t('received.next')}</p>
      {verdict !== null && (verdict === 'bad' ? <Warning>{t('receipt.bad')}</Warning> : <p class="govuk-body">{t(`receipt.${verdict}`)}</p>)}
      <SummaryList facts={[
        { term: t('finished.at'), value: dateTime(item.finishedAt) },
        { term: t('received.at'), value: dateTime(item.receivedAt ?? '') },
        { term: t('receipt.position'), value: receipt?.position },
      ]} />
      <ButtonLink href="/responder">{t('home')}</ButtonLink>
    </Page>
  );
}

// The phone was reported lost, or its officer's account shut: the form is safe, and a person decides.
function Held({ item }: { item: Item }) {
  const t = texts('responder');
  return (
    <Page title={t('held.heading')} back={{ href: '/responder', text: t('back') }}>
      <p class="govuk-body">{t('held.text')}</p>
      <p class="govuk-body">{t('held.next')}</p>
      <SummaryList facts={[
        { term: t('finished.at'), value: dateTime(item.finishedAt) },
        { term: t('held.at'), value: dateTime(item.receivedAt ?? '') },
        { term: t('attention.number'), value: <span class="reference">{item.id}</span> },
      ]} />
      <ButtonLink href="/responder">{t('home')}</ButtonLink>
    </Page>
  );
}

function Waits({ item }: { item: Item }) {
  const t = texts('responder');
  return (
    <Page title={t('waits.heading')} back={{ href: '/responder', text: t('back') }}>
      <p class="govuk-body">{t('waits.text')}</p>
      <p class="govuk-body">{t('received.next')}</p>
      <WaitingHere />
      {item.attempts > 0 && <Exported item={item} />}
      <ButtonLink href="/responder">{t('home')}</ButtonLink>
    </Page>
  );
}

const reasons: Readonly<Record<number, Key<'responder'>>> = {
  403: 'attention.forbidden', 409: 'attention.other', 410: 'attention.erased', 422: 'attention.invalid',
};

function Attention({ item }: { item: Item }) {
  const t = texts('responder');
  return (
    <Page title={t('attention.heading')} back={{ href: '/responder', text: t('back') }}>
      <Inset>{t(reasons[item.refusal?.status ?? 0] ?? 'attention.refused')}</Inset>
      <p class="govuk-body">{t('attention.tell')}</p>
      <SummaryList facts={[
        { term: t('finished.at'), value: dateTime(item.finishedAt) },
        { term: t('attention.number'), value: <span class="reference">{item.id}</span> },
      ]} />
      <Button onClick={() => void tryAgain(item.id)}>{t('attention.again')}</Button>
      <Exported item={item} />
      <Actions><Link href={`/responder/finished/${item.id}/delete`}>{t('attention.delete')}</Link></Actions>
    </Page>
  );
}

function Exported({ item: { id, sealed } }: { item: Item }) {
  const t = texts('responder');
  if (sealed === undefined) return null;
  return (
    <>
      <p class="govuk-body">{t('export.text')}</p>
      <Button look="secondary" onClick={() => saveFile(id, sealed)}>{t('export.button')}</Button>
    </>
  );
}

function saveFile(id: string, sealed: Sealed): void {
  const address = URL.createObjectURL(exported({ id, sealed }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `songtor-${id}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
