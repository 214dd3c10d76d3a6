// Before something is done to somebody's account: what comes of it.

import { useState } from 'preact/hooks';

import { type Key, texts, useText } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { leaveNotice } from '../lib/notice.ts';
import { go, type PageProps } from '../lib/route.ts';
import { Actions, Button, type Fault, Link, NotFound, Warning } from '../parts/index.ts';
import { type Act, acts, doTo, type Person, readAccount, refusal } from './accounts.ts';
import { Frame } from './frame.tsx';
import { WaitingFacts } from './waiting.tsx';

/** Asks once more. */
export default function ActPage({ params }: PageProps) {
  const t = useText('administration');
  const id = params.id ?? '';
  const act = acts.find((known) => known === params.act);
  const loaded = useLoaded(() => readAccount(id), [id]);
  const [faults, setFaults] = useState<Fault[]>([]);
  if (act === undefined) return <NotFound />;
  const person = `/administration/people/${id}`;

  async function carryOut(account: Person, wanted: Act): Promise<void> {
    try {
      await doTo(account, wanted);
      leaveNotice(() => texts('administration')('act.done'));
      go(person, { replace: true });
    } catch (error) {
      setFaults([refusal(error)]);
      await loaded.again(); // what stands against it may be that the account is not what was shown
    }
  }

  return (
    <Frame title={t(`act.${act}`)} back={{ href: person, text: loaded.data?.username ?? t('people.one') }} loaded={loaded} faults={faults}>
      {(account) => act === 'confirm' && account.waiting === undefined ? <p class="govuk-body">{t('people.waiting.none')}</p> : (
        <>
          {act === 'confirm' && <WaitingFacts account={account} />}
          <Warning>{t(`act.${act}.comes` as Key<'administration'>, { username: account.username })}</Warning>
          <Actions>
            <Button look={act === 'enable' || act === 'confirm' ? 'primary' : 'warning'} onClick={() => void carryOut(account, act)}>{t(`act.${act}`)}</Button>
            <Link href={person}>{texts('common')('form.cancel')}</Link>
          </Actions>
        </>
      )}
    </Frame>
  );
}
