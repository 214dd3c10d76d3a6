// One person's account, and what an administrator can do to it. Each act is asked for once more on a page that says what comes of it.

import { useState } from 'preact/hooks';

import { useAlone } from '../lib/alone.ts';
import { client, ok } from '../lib/api.ts';
import { type Key, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency } from '../lib/names.ts';
import type { PageProps } from '../lib/route.ts';
import { session } from '../lib/session.ts';
import { Button, ButtonLink, type Fault, Inset, Link, SummaryList, Time } from '../parts/index.ts';
import { type Account, type Act, type Person as Somebody, readAccount, refusal, roleName } from './accounts.ts';
import { Frame, OnceShown } from './frame.tsx';
import { State } from './people.tsx';
import { provincesOf, WaitingFacts } from './waiting.tsx';

/** The page of an account. */
export default function Person({ params }: PageProps) {
  const t = useText('administration');
  const id = params.id ?? '';
  const loaded = useLoaded(() => readAccount(id), [id]);
  const [faults, setFaults] = useState<Fault[]>([]);
  return (
    <Frame title={loaded.data?.username ?? t('people.one')} back={{ href: '/administration/people', text: t('people.heading') }} loaded={loaded} faults={faults}>
      {(account) => (
        <>
          <Facts account={account} />
          {account.waiting && <Waiting account={account} />}
          {account.id === session.value?.user.id ? <Inset>{t('people.own')}</Inset> : (
            <>
              <ButtonLink href={`/administration/people/${id}/post`}>{t('people.post')}</ButtonLink>
              <ul class="govuk-list ways">{offered(account).map((act) => <li key={act}><ActLink id={id} act={act} /></li>)}</ul>
              <ProviderCode id={id} onRefused={(fault) => setFaults([fault])} />
            </>
          )}
        </>
      )}
    </Frame>
  );
}

function Facts({ account }: { account: Account }) {
  const t = texts('administration');
  return (
    <SummaryList facts={[
      { term: t('people.state'), value: <State account={account} /> },
      { term: t('accounts.role'), value: roleName(account.role) },
      { term: t('accounts.agency'), value: agency(account.agency) },
      { term: t('people.provinces'), value: provincesOf(account.provinces) },
      { term: texts('account')('account.level'), value: word('account', 'account.assurance', account.assurance) },
      { term: t('people.since'), value: <Time at={account.created_at} /> },
    ]} />
  );
}

function Waiting({ account }: { account: Somebody }) {
  const t = texts('administration');
  const own = account.waiting?.asked_by === session.value?.user.id;
  return (
    <Inset>
      <p class="govuk-body">{t('people.waiting')}</p>
      <WaitingFacts account={account} />
      {own ? <p class="govuk-body">{t('people.waiting.own')}</p> : <ActLink id={account.id} act="confirm" />}
    </Inset>
  );
}

function offered(account: Account): Act[] {
  return [account.active ? 'disable' : 'enable', 'reset-factors', 'end-sessions'];
}

function ActLink({ id, act }: { id: string; act: Act }) {
  return <Link href={`/administration/people/${id}/do/${act}`}>{texts('administration')(`act.${act}` as Key<'administration'>)}</Link>;
}

// The code by which somebody says at the outside provider that the account is theirs.
function ProviderCode({ id, onRefused }: { id: string; onRefused: (fault: Fault) => void }) {
  const t = texts('administration');
  const [code, setCode] = useState<{ code: string; expires_at: string } | null>(null);
  const alone = useAlone();
  if (code !== null) return <OnceShown code={code.code} until={<>{t('people.until')} <Time at={code.expires_at} /></>} />;
  const make = () => ok(client.POST('/api/v1/accounts/{id}/provider', { params: { path: { id } } })).then(setCode, (error: unknown) => onRefused(refusal(error)));
  return <Button look="secondary" onClick={() => void alone(make)}>{t('people.provider')}</Button>;
}
