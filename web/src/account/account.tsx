// A person's own account: how surely they are signed in and where, and by what they can show who they are.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { useAlone } from '../lib/alone.ts';
import { client, ok } from '../lib/api.ts';
import { texts, useText } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { canUsePasskeys } from '../lib/passkeys.ts';
import { go } from '../lib/route.ts';
import { session } from '../lib/session.ts';
import { Button, ButtonLink, type Fault, Form, Input, Inset, Notice, Page, SummaryList, Table, TextButton, Time, Trouble, Warning } from '../parts/index.ts';
import { againHref, refusal } from './refusal.ts';

type Act = (done: string, act: () => Promise<unknown>) => void;

/** The page of the account. */
export default function Account() {
  const t = useText('account');
  const { data, error, again } = useLoaded(load);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [notice, setNotice] = useState<string | null>(null);

  async function act(done: string, change: () => Promise<unknown>): Promise<void> {
    setNotice(null);
    try {
      await change();
      setFaults([]);
      setNotice(done);
      await again();
    } catch (failure) {
      setFaults([refusal(failure)]);
    }
  }
  const alone = useAlone();
  const acting: Act = (done, change) => void alone(() => act(done, change));

  if (data === null) return error === null ? <Page title={t('account.heading')}>{null}</Page> : <Trouble error={error} again={() => void again()} />;
  return (
    <Page title={t('account.heading')} faults={faults} wide>
      {notice && <Notice>{notice}</Notice>}
      <Level passkeys={data.factors.passkeys} />
      <Sessions sessions={data.sessions} passkeys={data.factors.passkeys} act={acting} />
      <OwnPasskeys passkeys={data.factors.passkeys} act={acting} />
      <Codes factors={data.factors} act={acting} />
      {data.outside && <Outside refused={(fault) => setFaults([fault])} />}
      <Devices devices={data.devices} act={acting} />
    </Page>
  );
}

async function load() {
  const [sessions, factors, outside, devices] = await Promise.all([
    ok(client.GET('/api/v1/sessions')), ok(client.GET('/api/v1/factors')), ok(client.GET('/api/v1/session/provider')), ownDevices(),
  ]);
  return { sessions: sessions.items, factors, outside: outside.available, devices };
}

// A session of a password alone may not see devices; the others see here only those of the person.
async function ownDevices() {
  const own = session.value;
  if (own === null || own.assurance === 'password_only') return [];
  const { items } = await ok(client.GET('/api/v1/devices'));
  return items.filter(({ account }) => account === own.user.id);
}

type Data = Awaited<ReturnType<typeof load>>;
type Passkeys = Data['factors']['passkeys'];

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return <section><h2 class="govuk-heading-m">{title}</h2>{children}</section>;
}

// How surely somebody is signed in. A session without any passkey, such as one of the demonstration or by way of an outside provider, may count
// as one with a passkey, and is none.
function levelWords(assurance: Data['sessions'][number]['assurance'], { length: passkeys }: Passkeys): string {
  const t = texts('account');
  const level = t(`account.assurance.${assurance}`);
  const byPasskey = assurance === 'phishproof' || assurance === 'device_bound';
  return byPasskey && passkeys === 0 ? t('account.counts', { level }) : level;
}

function Level({ passkeys }: { passkeys: Passkeys }) {
  const t = texts('account');
  const own = session.value;
  if (own === null) return null;
  const alone = own.assurance === 'password_only';
  return (
    <>
      <SummaryList facts={[
        { term: t('account.level'), value: levelWords(own.assurance, passkeys) },
        { term: t('account.shown'), value: <Time at={own.authenticated_at} /> },
      ]} />
      {alone && <Inset>{own.next.length > 0 ? t('account.raise') : t('account.first')}</Inset>}
      <ButtonLink href={againHref()} look={alone && own.next.length > 0 ? 'primary' : 'secondary'}>{t('account.again')}</ButtonLink>
    </>
  );
}

function Sessions({ sessions, passkeys, act }: { sessions: Data['sessions']; passkeys: Passkeys; act: Act }) {
  const t = texts('account');
  return (
    <Section title={t('account.sessions')}>
      <Table
        caption={t('account.sessions')} captionHidden
        columns={[t('account.began'), t('account.seen'), t('account.from'), t('account.level'), t('account.end')]}
        rows={sessions.map((one) => ({
          key: one.id,
          cells: [
            <Time at={one.started_at} />, <Time at={one.last_seen_at} />, t(`account.client.${one.client}`), levelWords(one.assurance, passkeys),
            one.current ? t('account.current') : (
              <TextButton onClick={() => act(t('account.ended'), () => client.DELETE('/api/v1/sessions/{id}', { params: { path: { id: one.id } } }))}>
                {t('account.end')}<span class="govuk-visually-hidden"> <Time at={one.started_at} /></span>
              </TextButton>
            ),
          ],
        }))}
      />
    </Section>
  );
}

function OwnPasskeys({ passkeys, act }: { passkeys: Passkeys; act: Act }) {
  const t = texts('account');
  return (
    <Section title={t('account.passkeys')}>
      {passkeys.length === 0 ? <p class="govuk-body">{t('account.passkeys.none')}</p> : (
        <Table
          caption={t('account.passkeys')} captionHidden
          columns={[t('account.kind'), t('account.added'), t('account.used'), t('account.copies'), t('account.takeAway')]}
          rows={passkeys.map((key) => ({
            key: key.id,
            cells: [
              t(`account.thing.${key.label}`), <Time at={key.added_at} />, key.used_at ? <Time at={key.used_at} /> : t('account.never'), copies(key),
              <TextButton
                about={t(`account.thing.${key.label}`)}
                onClick={() => act(t('account.passkeys.taken'), () => client.DELETE('/api/v1/factors/passkeys/{id}', { params: { path: { id: key.id } } }))}
              >
                {t('account.takeAway')}
              </TextButton>,
            ],
          }))}
        />
      )}
      {canUsePasskeys() && <ButtonLink href="/account/passkey" look="secondary">{t('account.passkeys.add')}</ButtonLink>}
    </Section>
  );
}

function copies({ locked, device_bound: bound }: Passkeys[number]): string {
  const t = texts('account');
  if (locked) return t('account.locked');
  return bound ? t('account.bound') : t('account.copied');
}

function Codes({ factors, act }: { factors: Data['factors']; act: Act }) {
  const t = texts('account');
  const [recovery, setRecovery] = useState<string[]>([]);
  const renew = async () => setRecovery((await ok(client.POST('/api/v1/factors/recovery-codes'))).recovery_codes);
  return (
    <Section title={t('account.codes')}>
      <p class="govuk-body">{factors.codes ? t('account.codes.on', { left: factors.recovery_codes }) : t('account.codes.off')}</p>
      {factors.codes_locked && <Warning>{t('account.refusal.locked')}</Warning>}
      {recovery.length > 0 && <RecoveryCodes codes={recovery} />}
      {factors.codes ? (
        <div class="govuk-button-group">
          <Button look="secondary" onClick={() => act(t('account.recovery.renewed'), renew)}>{t('account.recovery.renew')}</Button>
          <TextButton onClick={() => act(t('account.codes.removed'), () => client.DELETE('/api/v1/factors/code'))}>{t('account.codes.remove')}</TextButton>
        </div>
      ) : <Button look="secondary" onClick={() => go('/account/codes')}>{t('account.codes.begin')}</Button>}
    </Section>
  );
}

/** Recovery codes, which are shown once. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div class="govuk-inset-text" role="status">
      <p class="govuk-body">{texts('account')('account.recovery.once')}</p>
      <ul class="govuk-list secrets">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
    </div>
  );
}

// Links who one is at the outside provider to the account, by the code of an administrator.
function Outside({ refused }: { refused: (fault: Fault) => void }) {
  const t = texts('account');
  const [invitation, setInvitation] = useState('');
  async function leave(): Promise<void> {
    if (invitation.trim() === '') return refused({ name: 'invitation', message: t('account.outside.missing') });
    try {
      location.assign((await ok(client.POST('/api/v1/factors/provider', { body: { invitation: invitation.trim() } }))).url);
    } catch (error) {
      refused(refusal(error, 'invitation'));
    }
  }
  return (
    <Section title={t('account.outside')}>
      <Form onSubmit={() => void leave()} label={t('account.outside')}>
        <Input
          name="invitation" label={t('account.outside.code')} hint={t('account.outside.hint')} value={invitation} onInput={setInvitation}
          autoComplete="off" width={20} plain
        />
        <Button look="secondary">{t('account.outside.link')}</Button>
      </Form>
    </Section>
  );
}

function Devices({ devices, act }: { devices: Data['devices']; act: Act }) {
  const t = texts('account');
  if (devices.length === 0) return null;
  return (
    <Section title={t('account.devices')}>
      <Table
        caption={t('account.devices')} captionHidden columns={[t('account.kind'), t('account.added'), t('account.used'), t('account.lost')]}
        rows={devices.map((device) => ({
          key: device.id,
          cells: [
            t(`account.thing.${device.label as 'phone'}`), <Time at={device.added_at} />, device.used_at ? <Time at={device.used_at} /> : t('account.never'),
            device.lost_at ? <Time at={device.lost_at} /> : (
              <TextButton onClick={() => act(t('account.devices.lost'), () => client.DELETE('/api/v1/devices/{id}', { params: { path: { id: device.id } } }))}>
                {t('account.lose')}
              </TextButton>
            ),
          ],
        }))}
      />
    </Section>
  );
}
