// What is on the phone: the way to a new screening, those that are not finished, and those that are.

import { useState } from 'preact/hooks';

import { dateTime } from '../../lib/dates.ts';
import { count, texts } from '../../lib/i18n.ts';
import { useLoaded } from '../../lib/loaded.ts';
import { go } from '../../lib/route.ts';
import { waitingWorker, takeUpdate } from '../../shell/worker.ts';
import { Button, type Fault, Inset, Link, Page, SummaryList, TextButton, Warning } from '../../parts/index.ts';
import { newDraft } from '../form/begin.ts';
import { drafts, dropped } from '../store/drafts.ts';
import { items } from '../store/outbox.ts';
import { currentForm, download, formsHere } from '../store/reference.ts';
import { WaitingHere } from './waiting.tsx';
import { whyNot } from './words.ts';

/** The first page of an unlocked phone. */
export function Overview() {
  const t = texts('responder');
  const [faults, setFaults] = useState<Fault[]>([]);
  async function start(): Promise<void> {
    try {
      const draft = newDraft(await currentForm());
      await drafts.save(draft);
      go(`/responder/drafts/${draft.id}`);
    } catch (error) {
      setFaults([{ message: whyNot(error) }]);
    }
  }
  return (
    <Page title={t('heading')} faults={faults}>
      {formsHere.value === false && <FormsMissing />}
      <Button onClick={() => void start()}>{t('start')}</Button>
      {dropped.value > 0 && <Inset>{count('responder', 'drafts.dropped', dropped.value)}</Inset>}
      <Unfinished />
      {items.value.length > 0 && <WaitingHere />}
      <NotPersistent />
      {waitingWorker.value !== null && <Inset><p class="govuk-body">{t('update.ready')}</p><TextButton onClick={takeUpdate}>{t('update.take')}</TextButton></Inset>}
      <p class="govuk-body"><Link href="/responder/settings">{t('settings.heading')}</Link></p>
    </Page>
  );
}

function Unfinished() {
  const t = texts('responder');
  const { data } = useLoaded(() => drafts.list(), [dropped.value]);
  if (data === null || data.length === 0) return null;
  return (
    <section>
      <h2 class="govuk-heading-m">{t('drafts.heading')}</h2>
      <SummaryList view facts={data.map(({ id, initials, startedAt, keptUntil }) => ({
        term: <span class="as-typed">{initials ?? t('drafts.nameless')}</span>,
        value: <>{t('drafts.begun', { time: dateTime(startedAt) })}<br />{t('drafts.until', { time: dateTime(keptUntil) })}</>,
        change: { href: `/responder/drafts/${id}`, about: initials ?? dateTime(startedAt) },
      }))} />
    </section>
  );
}

// The browser may have cleared what the page keeps of forms; drafts and finished forms lie elsewhere.
function FormsMissing() {
  const t = texts('responder');
  const [said, setSaid] = useState<string | null>(null);
  const fetchNow = () => void download().catch((error: unknown) => setSaid(whyNot(error)));
  return (
    <Inset>
      <p class="govuk-body">{t('forms.missing')}</p>
      {said !== null && <p class="govuk-error-message" role="alert">{said}</p>}
      <TextButton onClick={fetchNow}>{t('forms.download')}</TextButton>
    </Inset>
  );
}

function NotPersistent() {
  const { data } = useLoaded(async () => navigator.storage?.persisted?.() ?? true);
  return data === false && items.value.some(({ state }) => state !== 'received') ? <Warning>{texts('responder')('storage.volatile')}</Warning> : null;
}
