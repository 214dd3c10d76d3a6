// What was finished on this phone, and how it stands. Nothing in it tells who a person is, so that a locked phone may show it too.

import { useState } from 'preact/hooks';

import { dateTime } from '../../lib/dates.ts';
import { texts } from '../../lib/i18n.ts';
import { Button, ButtonLink, SummaryList, Tag, Warning } from '../../parts/index.ts';
import type { Item } from '../store/database.ts';
import { items, lastSent, needsSignIn, sendAll } from '../store/outbox.ts';

const nagAfter = 24 * 3600_000; // milliseconds that a form may wait before the page insists

const colours = { waiting: 'yellow', sending: 'blue', received: 'green', held: 'purple', attention: 'red' } as const;

/** The finished forms, and the way to send what waits. */
export function WaitingHere() {
  const t = texts('responder');
  const waits = items.value.filter(({ state }) => state === 'waiting' || state === 'sending');
  const old = waits.some(({ finishedAt }) => Date.now() - Date.parse(finishedAt) > nagAfter);
  return (
    <section>
      <h2 class="govuk-heading-m">{t('finished.list')}</h2>
      {old && <Warning>{t('finished.nag')}</Warning>}
      <SummaryList facts={items.value.map((item) => ({
        term: dateTime(item.finishedAt), value: <Standing item={item} />,
        change: { href: `/responder/finished/${item.id}`, about: dateTime(item.finishedAt) },
      }))} view />
      {waits.length > 0 && <Send />}
      {lastSent.value !== null && <p class="govuk-hint">{t('finished.last', { time: dateTime(lastSent.value) })}</p>}
    </section>
  );
}

function Standing({ item: { state, receipt } }: { item: Item }) {
  const t = texts('responder');
  return <><Tag colour={colours[state]}>{t(`state.${state}`)}</Tag>{receipt && <> <span class="reference">{receipt.case_reference}</span></>}</>;
}

function Send() {
  const t = texts('responder');
  const [busy, setBusy] = useState(false);
  if (needsSignIn.value) {
    return (
      <>
        <p class="govuk-body">{t('finished.signIn')}</p>
        <ButtonLink href="/sign-in?then=/responder" look="secondary">{t('finished.signIn.button')}</ButtonLink>
      </>
    );
  }
  const send = () => {
    setBusy(true);
    void sendAll().finally(() => setBusy(false));
  };
  return <Button look="secondary" disabled={busy} onClick={send}>{t(busy ? 'finished.sending' : 'finished.send')}</Button>;
}
