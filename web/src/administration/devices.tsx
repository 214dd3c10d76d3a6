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
const silentAfter = { day: 86_400_000, week: 7 * 86_400_000 } as const; // milliseconds
type Silence = keyof typeof silentAfter;

/** The list of devices; those that have been silent alone, where the address asks for them. */
export default function Devices({ query }: PageProps) {
  const t = useText('administration');
  const loaded = useLoaded(async () => (await ok(client.GET('/api/v1/devices'))).items);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [lost, setLost] = useState(false);
  const shown = silences.find((silence) => silence === query.get('silent')) ?? null;

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
            { href: '/administration/devices', title: t('devices.all'), current: shown === null },
            ...silences.map((silence) => ({
              href: `/administration/devices?silent=${silence}`, title: t(`devices.silent.${silence}`), current: shown === silence,
            })),
          ]} />
          <List devices={sorted(devices).filter((device) => shown === null || isSilent(device, shown))} onLose={(id) => void lose(id)} />
        </>
      )}
    </Frame>
  );
}

const silences = ['day', 'week'] as const;

function isSilent(device: Device, silence: Silence): boolean {
  return device.lost_at === undefined && now() - lastHeard(device) > silentAfter[silence];
}

// A device signs what it sends: to send something is to be heard of.
function lastHeard({ sent_at, used_at, added_at }: Device): number {
  return Math.max(...[sent_at, used_at, added_at].map((at) => (at === undefined ? 0 : Date.parse(at))));
}

// Those that have been silent longest come first, those that are lost last.
function sorted(devices: readonly Device[]): Device[] {
  return [...devices].sort((a, b) => Number(a.lost_at !== undefined) - Number(b.lost_at !== undefined) || lastHeard(a) - lastHeard(b));
}

function List({ devices, onLose }: { devices: readonly Device[]; onLose: (id: string) => void }) {
  const t = texts('administration');
  const account = texts('account');
  if (devices.length === 0) return <p class="govuk-body">{account('account.devices.none')}</p>;
  return (
    <Table
      caption={t('devices.heading')} captionHidden
      columns={[texts('common')('signin.username'), account('account.kind'), account('account.added'), t('devices.sent'), t('devices.heard'), account('account.lost')]}
      rows={devices.map((device) => ({
        key: device.id,
        cells: [
          device.username, word('account', 'account.thing', device.label), <Time at={device.added_at} />,
          device.sent_at === undefined ? account('account.never') : <Time at={device.sent_at} />, <Heard device={device} />,
          device.lost_at ? <Time at={device.lost_at} /> : <TextButton about={device.username} onClick={() => onLose(device.id)}>{account('account.lose')}</TextButton>,
        ],
      }))}
    />
  );
}

function Heard({ device }: { device: Device }) {
  const t = texts('administration');
  const silence = silences.findLast((length) => isSilent(device, length));
  return (
    <>
      {device.used_at ? <Time at={device.used_at} /> : texts('account')('account.never')}
      {silence !== undefined && <> <Tag colour={silence === 'week' ? 'red' : 'orange'}>{t(`devices.silent.tag.${silence}`)}</Tag></>}
    </>
  );
}
