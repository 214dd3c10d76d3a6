// Making the phone known to its agency, with a ticket: if it is lost, what was finished on it still arrives.

import { useState } from 'preact/hooks';

import { texts } from '../../lib/i18n.ts';
import { Problem } from '../../lib/problem.ts';
import { ButtonLink, Button, type Fault, faultOf, Form, Input, Notice, Page } from '../../parts/index.ts';
import { OnPhone } from '../home.tsx';
import { enrol, enrolled } from '../store/device.ts';
import { whyNot } from './words.ts';

export default function Device() {
  return <OnPhone>{() => <Enrol />}</OnPhone>;
}

function Enrol() {
  const t = texts('responder');
  const [ticket, setTicket] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [busy, setBusy] = useState(false);
  async function submit(): Promise<void> {
    if (busy) return;
    if (ticket.trim() === '') return setFaults([{ name: 'ticket', message: t('device.missing') }]);
    setBusy(true);
    try {
      await enrol(ticket);
      setFaults([]);
    } catch (error) {
      const used = error instanceof Problem && error.status === 409;
      setFaults([used ? { name: 'ticket', message: t('device.notGood') } : { message: whyNot(error) }]);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Page title={t('device.heading')} faults={faults} back={{ href: '/responder/settings', text: t('settings.heading') }}>
      {enrolled.value === true ? (
        <>
          <Notice>{t('device.done')}</Notice>
          <p class="govuk-body">{t('device.text')}</p>
          <ButtonLink href="/responder">{t('home')}</ButtonLink>
        </>
      ) : (
        <>
          <p class="govuk-body">{t('device.text')}</p>
          <Form onSubmit={() => void submit()} label={t('device.heading')}>
            <Input name="ticket" plain label={t('device.ticket')} hint={t('device.ticket.hint')} error={faultOf(faults, 'ticket')} value={ticket} onInput={setTicket} />
            <Button disabled={busy}>{t('device.button')}</Button>
          </Form>
        </>
      )}
    </Page>
  );
}
