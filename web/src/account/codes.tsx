// Setting one-time codes up: the secret is shown once, and counts from the first code on that it gave.

import { useState } from 'preact/hooks';

import { useAlone } from '../lib/alone.ts';
import { client, ok, Problem } from '../lib/api.ts';
import { useText } from '../lib/i18n.ts';
import { Button, ButtonLink, type Fault, faultOf, Form, Input, Page, SummaryList } from '../parts/index.ts';
import { RecoveryCodes } from './account.tsx';
import { refusal } from './refusal.ts';

/** Leads from a fresh secret over its first code to the recovery codes. */
export default function SetUpCodes() {
  const t = useText('account');
  const common = useText('common');
  const [secret, setSecret] = useState<{ secret: string; uri: string; set_up: string } | null>(null);
  const [recovery, setRecovery] = useState<string[] | null>(null);
  const [code, setCode] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      setFaults([]);
    } catch (error) {
      const over = error instanceof Problem && error.rule === 'factor.set_up_over'; // begun again in another tab, or too many wrong codes
      if (over) {
        setSecret(null);
        setCode('');
      }
      setFaults([refusal(error, over || secret === null ? undefined : 'code')]);
    }
  }
  const alone = useAlone();
  const begin = () => attempt(async () => setSecret(await ok(client.POST('/api/v1/factors/code'))));
  const confirm = () => attempt(async () => {
    const confirmed = await ok(client.POST('/api/v1/factors/code/confirm', { body: { code: code.trim(), ...(secret !== null && { set_up: secret.set_up }) } }));
    setRecovery(confirmed.recovery_codes);
  });

  const back = { href: '/account', text: t('account.heading') };
  if (recovery !== null) {
    return (
      <Page title={t('account.codes.done')}>
        <RecoveryCodes codes={recovery} />
        <ButtonLink href="/account">{t('account.heading')}</ButtonLink>
      </Page>
    );
  }
  if (secret === null) {
    return (
      <Page title={t('account.codes.begin')} faults={faults} back={back}>
        <p class="govuk-body">{t('account.codes.about')}</p>
        <Button onClick={() => void alone(begin)}>{common('form.continue')}</Button>
      </Page>
    );
  }
  return (
    <Page title={t('account.codes.begin')} faults={faults} back={back}>
      <p class="govuk-body">{t('account.codes.how')}</p>
      <SummaryList facts={[
        { term: t('account.codes.secret'), value: <code>{secret.secret}</code> },
        { term: t('account.codes.uri'), value: <code>{secret.uri}</code> },
      ]} />
      <Form onSubmit={() => void alone(confirm)} label={t('account.codes.begin')}>
        <Input name="code" label={common('signin.code')} value={code} onInput={setCode} error={faultOf(faults, 'code')} autoComplete="one-time-code" width={10} plain />
        <Button>{t('account.codes.confirm')}</Button>
      </Form>
    </Page>
  );
}
