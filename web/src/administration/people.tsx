// The people of the mechanism: who may do what, and for which agency.

import { count, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency, optionsOf } from '../lib/names.ts';
import { adjust, href, type PageProps } from '../lib/route.ts';
import { ButtonLink, Link, Select, Table, Tag } from '../parts/index.ts';
import { type Account, readAccounts, roleName, roles } from './accounts.ts';
import { Frame } from './frame.tsx';

/** The list of people, narrowed by what the address says. */
export default function People({ query }: PageProps) {
  const t = useText('administration');
  const loaded = useLoaded(readAccounts);
  const wanted = { role: query.get('role') ?? '', agency: query.get('agency') ?? '' };
  const narrow = (change: Partial<typeof wanted>) => adjust(href('/administration/people', { ...wanted, ...change }));
  return (
    <Frame title={t('people.heading')} loaded={loaded}>
      {(accounts) => {
        const found = accounts.filter((one) => fits(one, wanted));
        return (
          <>
            <ButtonLink href="/administration/people/invite">{t('people.invite')}</ButtonLink>
            <div class="filters">
              <Select
                name="role" label={t('accounts.role')} value={wanted.role} empty={t('people.any')} onChange={(role) => narrow({ role })}
                options={roles.map((value) => ({ value, label: roleName(value) }))}
              />
              <Select
                name="agency" label={t('accounts.agency')} value={wanted.agency} empty={t('people.any')} onChange={(code) => narrow({ agency: code })}
                options={optionsOf('agencies', { sorted: true })}
              />
            </div>
            <p class="govuk-body" role="status">{count('administration', 'people.found', found.length)}</p>
            <List accounts={found} />
          </>
        );
      }}
    </Frame>
  );
}

function fits(account: Account, wanted: { role: string; agency: string }): boolean {
  return (wanted.role === '' || account.role === wanted.role) && (wanted.agency === '' || account.agency === wanted.agency);
}

function List({ accounts }: { accounts: readonly Account[] }) {
  const t = texts('administration');
  return (
    <Table
      caption={t('people.heading')} captionHidden
      columns={[texts('common')('signin.username'), t('accounts.role'), t('accounts.agency'), texts('account')('account.level'), t('people.state')]}
      rows={accounts.map((account) => ({
        key: account.id,
        cells: [
          <Link href={`/administration/people/${account.id}`}>{account.username}</Link>, roleName(account.role), agency(account.agency),
          word('account', 'account.assurance', account.assurance), <State account={account} />,
        ],
      }))}
    />
  );
}

/** Whether an account is open, and what waits. */
export function State({ account }: { account: Account }) {
  const t = texts('administration');
  if (!account.active) return <Tag colour="red">{t('people.shut')}</Tag>;
  if (account.waiting) return <Tag colour="yellow">{t('accounts.waits', { role: roleName(account.waiting.role) })}</Tag>;
  return <Tag colour="green">{t('people.open')}</Tag>;
}
