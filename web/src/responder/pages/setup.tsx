// Setting up a phone, once, with a connection: how it is unlocked, and the forms that it needs without one.

import { useState } from 'preact/hooks';

import { texts } from '../../lib/i18n.ts';
import { session } from '../../lib/session.ts';
import { Button, ButtonLink, type Fault, faultOf, Form, Input, Inset, Page, Radios, Warning } from '../../parts/index.ts';
import { draftsDeleted, setUpByPasskey, setUpByPassphrase, shortestPassphrase } from '../store/lock.ts';
import { mayHavePasskey } from '../store/passkey.ts';
import { items } from '../store/outbox.ts';
import { download } from '../store/reference.ts';
import { WaitingHere } from './waiting.tsx';
import { whyNot } from './words.ts';

type Way = 'passkey' | 'passphrase';

/** The page that sets a phone up. */
export function SetUp() {
  const t = texts('responder');
  const user = session.value?.user;
  const mayScreen = user?.role === 'responder';
  return mayScreen ? <Ways account={user.id} /> : (
    <Page title={t('setup.heading')}>
      <Before />
      <p class="govuk-body">{t(user === undefined ? 'setup.signIn' : 'setup.notYours')}</p>
      {user === undefined && <ButtonLink href="/sign-in?then=/responder">{t('signIn')}</ButtonLink>}
    </Page>
  );
}

// What was on the phone before, and the hint for phones whose browser forgets.
function Before() {
  const t = texts('responder');
  return (
    <>
      {draftsDeleted.value && <Warning>{t('unlock.deleted')}</Warning>}
      {items.value.length > 0 && <WaitingHere />}
      {forgetful() && <Inset>{t('setup.iphone')}</Inset>}
    </>
  );
}

// An iPhone removes what a page keeps after a week without use, unless the page was put on the home screen.
function forgetful(): boolean {
  return /iPhone|iPad/.test(navigator.userAgent) && !matchMedia('(display-mode: standalone)').matches;
}

function Ways({ account }: { account: string }) {
  const t = texts('responder');
  const [way, setWay] = useState<Way | ''>(mayHavePasskey() ? '' : 'passphrase');
  const [given, setGiven] = useState({ first: '', second: '' });
  const [faults, setFaults] = useState<Fault[]>([]);
  const [busy, setBusy] = useState(false);
  async function submit(): Promise<void> {
    const found = faultsIn(way, given);
    setFaults(found);
    if (found.length > 0 || busy) return;
    setBusy(true);
    try {
      await download();
      await navigator.storage?.persist?.();
      if (way === 'passkey') await setUpByPasskey(account);
      else await setUpByPassphrase(account, given.first);
      draftsDeleted.value = false;
    } catch (error) {
      setFaults([{ message: whyNot(error) }]);
      setBusy(false);
    }
  }
  const words = <Passphrases given={given} faults={faults} change={setGiven} />;
  return (
    <Page title={t('setup.heading')} faults={faults}>
      <Before />
      <p class="govuk-body">{t('setup.text')}</p>
      <Form onSubmit={() => void submit()} label={t('setup.heading')}>
        {mayHavePasskey() ? (
          <Radios
            name="way" label={t('setup.way')} error={faultOf(faults, 'way')} value={way} onChange={(value) => setWay(value as Way)}
            options={[
              { value: 'passkey', label: t('setup.passkey'), hint: t('setup.passkey.hint') },
              { value: 'passphrase', label: t('setup.passphrase'), hint: t('setup.passphrase.hint'), more: words },
            ]}
          />
        ) : words}
        <Inset>{t('setup.loss')}</Inset>
        <Button disabled={busy}>{t(busy ? 'setup.busy' : 'setup.button')}</Button>
      </Form>
    </Page>
  );
}

interface Given {
  first: string;
  second: string;
}

function Passphrases({ given, faults, change }: { given: Given; faults: readonly Fault[]; change: (given: Given) => void }) {
  const t = texts('responder');
  return (
    <>
      <Input
        name="first" type="password" autoComplete="new-password" plain label={t('setup.first')} hint={t('setup.first.hint')}
        error={faultOf(faults, 'first')} value={given.first} onInput={(first) => change({ ...given, first })}
      />
      <Input
        name="second" type="password" autoComplete="new-password" plain label={t('setup.second')}
        error={faultOf(faults, 'second')} value={given.second} onInput={(second) => change({ ...given, second })}
      />
    </>
  );
}

function faultsIn(way: Way | '', { first, second }: Given): Fault[] {
  const t = texts('responder');
  if (way === '') return [{ name: 'way', at: 'way-first', message: t('setup.missing') }];
  if (way === 'passkey') return [];
  if ([...first].length < shortestPassphrase) return [{ name: 'first', message: t('setup.short', { n: shortestPassphrase }) }];
  return first === second ? [] : [{ name: 'second', message: t('setup.differ') }];
}
