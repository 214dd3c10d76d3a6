// The field devices: whose they are, when they were last heard of, and the way to end one that is lost.

import { useState } from 'preact/hooks';

import { client, ok, type Schemas } from '../lib/api.ts';
import { texts, useText, word } from '../lib/i18n.ts';
import { now } from '../lib/clock.ts';
import { useLoaded } from '../lib/loaded.ts';
import type { PageProps } from '../lib/route.ts';
import { ButtonLink, type Fault, Notice, Table, Tabs, Tag, TextButton, Time } from '../parts/index.ts';
import { refusal } from './accounts.ts';
import { Frame } from './frame.tsx';

type Device = Schemas['Device'];

// A phone that was not heard of for so long may hold forms that nobody has.
const silentAfter = 3 * 86_400_000; // milliseconds

/** The list of devices; those that have been silent alone, where the address asks for them. */
export default function Devices({ query }: PageProps) {
  const t = useText('administration');
  const loaded = useLoaded(async () => (await ok(client.GET('/api/v1/devices'))).items);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [lost, setLost] = useState(false);
  const silentOnly = query.get('show') === 'silent';

  async function lose(id: string): Promise<void> {
    try {
      await client.DELETE('/api/v1/devices/{id}', { params: { path: { id } } });
      setLost(true);
      setFaults([]);
      await loaded.again();
    } catch (error) {
      setFaults([refusal(error)]);
    }
  }

  return (
    <Frame title={t('devices.heading')} loaded={loaded} faults={faults}>
      {(devices) => (
        <>
          {lost && <Notice>{texts('account')('account.devices.lost')}</Notice>}
          <ButtonLink href="/administration/devices/ticket">{texts('account')('account.ticket')}</ButtonLink>
          <Tabs label={t('devices.heading')} tabs={[
            { href: '/administration/devices', title: t('devices.all'), current: !silentOnly },
            { href: '/administration/devices?show=silent', title: t('devices.silent'), current: silentOnly },
          ]} />
          <List devices={silentOnly ? devices.filter(isSilent) : devices} onLose={(id) => void lose(id)} />
        </>
      )}
    </Frame>
  );
}

function isSilent(device: Device): boolean {
  return device.lost_at === undefined && now() - Date.parse(device.used_at ?? device.added_at) > silentAfter;
}

function List({ devices, onLose }: { devices: readonly Device[]; onLose: (id: string) => void }) {
  const t = texts('administration');
  const account = texts('account');
  if (devices.length === 0) return <p class="govuk-body">{account('account.devices.none')}</p>;
  return (
    <Table
      caption={t('devices.heading')} captionHidden
      columns={[texts('common')('signin.username'), account('account.kind'), account('account.added'), t('devices.heard'), account('account.lost')]}
      rows={devices.map((device) => ({
        key: device.id,
        cells: [
          device.username, word('account', 'account.thing', device.label), <Time at={device.added_at} />, <Heard device={device} />,
          device.lost_at ? <Time at={device.lost_at} /> : <TextButton about={device.username} onClick={() => onLose(device.id)}>{account('account.lose')}</TextButton>,
        ],
      }))}
    />
  );
}

function Heard({ device }: { device: Device }) {
  const t = texts('administration');
  return (
    <>
      {device.used_at ? <Time at={device.used_at} /> : texts('account')('account.never')}
      {isSilent(device) && <> <Tag colour="orange">{t('devices.silent.tag')}</Tag></>}
    </>
  );
}
