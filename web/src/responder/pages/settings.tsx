// The phone itself: the forms on it, the room that they take, its version, and removing everything.

import { useState } from 'preact/hooks';

import { number, texts } from '../../lib/i18n.ts';
import { useLoaded } from '../../lib/loaded.ts';
import { waitingWorker, takeUpdate } from '../../shell/worker.ts';
import { Button, type Fault, Link, Notice, Page, SummaryList, TextButton } from '../../parts/index.ts';
import { OnPhone } from '../home.tsx';
import { enrolled } from '../store/device.ts';
import { unlockedBy } from '../store/lock.ts';
import { download, formsHere } from '../store/reference.ts';
import { Recordings } from './recordings.tsx';
import { whyNot } from './words.ts';

export default function Settings() {
  return <OnPhone>{() => <Set />}</OnPhone>;
}

const megabyte = 1_000_000;

function Set() {
  const t = texts('responder');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [done, setDone] = useState(false);
  const { data: storage } = useLoaded(async () => ({
    used: (await navigator.storage?.estimate?.())?.usage ?? 0, persistent: (await navigator.storage?.persisted?.()) ?? false,
  }));
  async function fetchForms(): Promise<void> {
    setDone(false);
    try {
      await download();
      setFaults([]);
      setDone(true);
    } catch (error) {
      setFaults([{ message: whyNot(error) }]);
    }
  }
  return (
    <Page title={t('settings.heading')} faults={faults} back={{ href: '/responder', text: t('back') }}>
      {done && <Notice>{t('forms.done')}</Notice>}
      <SummaryList facts={[
        { term: t('settings.lock'), value: t(unlockedBy.value === 'passkey' ? 'setup.passkey' : 'setup.passphrase') },
        { term: t('settings.device'), value: enrolled.value === true ? t('device.known') : <>{t('device.unknown')} <Link href="/responder/settings/device">{t('device.enrol')}</Link></> },
        { term: t('settings.forms'), value: t(formsHere.value === true ? 'forms.here' : 'forms.notHere') },
        { term: t('settings.used'), value: t('settings.megabytes', { n: number((storage?.used ?? 0) / megabyte, { maximumFractionDigits: 1 }) }) },
        { term: t('settings.kept'), value: t(storage?.persistent === true ? 'settings.kept.yes' : 'settings.kept.no') },
        { term: t('settings.version'), value: waitingWorker.value === null ? t('update.latest') : <>{t('update.ready')} <TextButton onClick={takeUpdate}>{t('update.take')}</TextButton></> },
      ]} />
      <Button onClick={() => void fetchForms()}>{t('forms.download')}</Button>
      <Recordings />
      <p class="govuk-body"><Link href="/responder/settings/remove">{t('settings.remove')}</Link></p>
    </Page>
  );
}
