// The ticket by which an officer who stands here enrols a phone.

import { useState } from 'preact/hooks';

import { useAlone } from '../lib/alone.ts';
import { client, ok } from '../lib/api.ts';
import { texts, useText } from '../lib/i18n.ts';
import { Button, ButtonLink, type Fault, faultOf, Form, Input, Page, Time } from '../parts/index.ts';
import { refusal } from './accounts.ts';
import { OnceShown } from './frame.tsx';

/** Asks whose phone it is, and shows the ticket. */
export default function Ticket() {
  const t = useText('administration');
  const [username, setUsername] = useState('');
  const [made, setMade] = useState<{ code: string; expires_at: string } | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const alone = useAlone();
  const back = { href: '/administration/devices', text: t('devices.heading') };

  async function issue(): Promise<void> {
    if (username.trim() === '') return setFaults([{ name: 'username', message: texts('common')('signin.missing.username') }]);
    try {
      setMade(await ok(client.POST('/api/v1/devices/tickets', { body: { username: username.trim() } })));
      setFaults([]);
    } catch (error) {
      setFaults([refusal(error, 'username')]);
    }
  }

  if (made !== null) {
    return (
      <Page title={t('devices.ticket.made')} back={back}>
        <OnceShown code={made.code} until={<>{t('people.until')} <Time at={made.expires_at} /></>} />
        <ButtonLink href="/administration/devices">{t('devices.heading')}</ButtonLink>
      </Page>
    );
  }
  return (
    <Page title={texts('account')('account.ticket')} back={back} faults={faults}>
      <Form onSubmit={() => void alone(issue)} label={texts('account')('account.ticket')}>
        <Input
          name="username" label={texts('common')('signin.username')} hint={texts('account')('account.ticket.hint')} value={username} onInput={setUsername}
          error={faultOf(faults, 'username')} width={20} plain
        />
        <Button>{t('devices.ticket.submit')}</Button>
      </Form>
    </Page>
  );
}
