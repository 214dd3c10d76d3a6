// A locked phone: nothing of a person is shown until it is unlocked.

import { useState } from 'preact/hooks';

import { count, texts } from '../../lib/i18n.ts';
import { Button, Details, type Fault, Form, Input, Link, Page } from '../../parts/index.ts';
import { type Try, unlockByPasskey, unlockByPassphrase, unlockedBy } from '../store/lock.ts';
import { items } from '../store/outbox.ts';
import { WaitingHere } from './waiting.tsx';
import { whyNot } from './words.ts';

/** The page that unlocks the phone. */
export function Unlock() {
  const t = texts('responder');
  const [passphrase, setPassphrase] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [busy, setBusy] = useState(false);
  const byPassphrase = unlockedBy.value === 'passphrase';
  async function submit(): Promise<void> {
    if (busy) return;
    if (byPassphrase && passphrase === '') return setFaults([{ name: 'passphrase', message: t('unlock.missing') }]);
    setBusy(true);
    try {
      setFaults(byPassphrase ? faultsOf(await unlockByPassphrase(passphrase)) : (await unlockByPasskey()) ? [] : [{ message: t('unlock.wrongPasskey') }]);
    } catch (error) {
      setFaults([{ message: whyNot(error) }]);
    }
    setPassphrase('');
    setBusy(false);
  }
  return (
    <Page title={t('unlock.heading')} faults={faults}>
      <Form onSubmit={() => void submit()} label={t('unlock.heading')}>
        {byPassphrase ? (
          <Input
            name="passphrase" type="password" autoComplete="current-password" plain label={t('unlock.passphrase')} error={faults[0]?.message}
            value={passphrase} onInput={setPassphrase}
          />
        ) : <p class="govuk-body">{t('unlock.passkey')}</p>}
        <Button disabled={busy}>{t(busy ? 'unlock.busy' : 'unlock.button')}</Button>
      </Form>
      {items.value.length > 0 && <WaitingHere />}
      <Details summary={t('unlock.forgotten')}>
        <p class="govuk-body">{t('unlock.forgotten.text')}</p>
        <p class="govuk-body"><Link href="/responder/settings/remove">{t('settings.remove')}</Link></p>
      </Details>
    </Page>
  );
}

function faultsOf(tried: Try): Fault[] {
  if (tried.right) return [];
  return [{ name: 'passphrase', message: count('responder', 'unlock.wrong', tried.left) }];
}
