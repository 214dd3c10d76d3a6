// The agencies of the mechanism, and how many people and field devices each has.

import { client, ok } from '../lib/api.ts';
import { number, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency, entries, loadNames, province } from '../lib/names.ts';
import { Link, Table } from '../parts/index.ts';
import { readAccounts } from './accounts.ts';
import { Frame } from './frame.tsx';

/** The list of agencies. */
export default function Agencies() {
  const t = useText('administration');
  const loaded = useLoaded(load);
  return (
    <Frame title={t('agencies.heading')} loaded={loaded}>
      {({ people, devices }) => (
        <>
          <p class="govuk-body">{t('agencies.source')}</p>
          <Table
            caption={t('agencies.heading')} captionHidden
            columns={[t('agencies.name'), t('agencies.kind'), texts('administration')('agencies.province'), { title: t('agencies.people'), numeric: true }, { title: t('agencies.devices'), numeric: true }]}
            rows={entries('agencies').map(({ code, kind, province: at }) => ({
              key: code,
              cells: [
                <Link href={`/administration/agencies/${code}`}>{agency(code)}</Link>, word('administration', 'agencies.kind', kind ?? ''),
                at ? province(at) : t('agencies.country'), number(people.get(code) ?? 0), number(devices.get(code) ?? 0),
              ],
            }))}
          />
        </>
      )}
    </Frame>
  );
}

async function load() {
  const [accounts, { items: devices }] = await Promise.all([readAccounts(), ok(client.GET('/api/v1/devices')), loadNames('agencies', 'provinces')]);
  const agencies = new Map(accounts.map(({ id, agency: code }) => [id, code]));
  return {
    people: counted(accounts.filter(({ active }) => active).map(({ agency: code }) => code)),
    devices: counted(devices.filter(({ lost_at: lost }) => lost === undefined).map(({ account }) => agencies.get(account) ?? '')),
  };
}

function counted(codes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
