// Showing again who one is, for what needs a stronger or a fresher sign-in; then back to where it was needed.

import { useState } from 'preact/hooks';

import { send } from '../lib/api.ts';
import { texts, useText } from '../lib/i18n.ts';
import { leaveNotice } from '../lib/notice.ts';
import { canUsePasskeys, stepUpByPasskey } from '../lib/passkeys.ts';
import { go, type PageProps } from '../lib/route.ts';
import { learnSession } from '../lib/session.ts';
import { Button, type Fault, Form, Input, Page, TextButton } from '../parts/index.ts';
import { refusal } from './refusal.ts';

/** Asks for a passkey, or for a password and a code. */
export default function Again({ query }: PageProps) {
  const t = useText('account');
  const common = useText('common');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const back = backFrom(query.get('then'));

  async function raise(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      await learnSession();
      leaveNotice(() => texts('account')('account.raised'));
      go(back, { replace: true });
    } catch (error) {
      setFaults([refusal(error, 'password')]);
    }
  }

  function submit(): void {
    if (password === '' && code === '') return setFaults([{ name: 'password', message: common('signin.missing.password') }]);
    void raise(() => send('POST', '/api/v1/session/step-up', { ...(password !== '' && { password }), ...(code !== '' && { code: code.trim() }) }));
  }

  return (
    <Page title={t('account.again')} faults={faults} back={{ href: back, text: common('form.back') }}>
      {canUsePasskeys() && <p><Button onClick={() => void raise(stepUpByPasskey)}>{common('signin.passkey')}</Button></p>}
      <h2 class="govuk-heading-m">{t('account.again.otherwise')}</h2>
      <Form onSubmit={submit} label={t('account.again')}>
        <Input name="password" type="password" autoComplete="current-password" label={common('signin.password')} value={password} onInput={setPassword} plain />
        <Input name="code" autoComplete="one-time-code" label={common('signin.code')} hint={common('signin.code.hint')} value={code} onInput={setCode} width={10} plain />
        <Button look={canUsePasskeys() ? 'secondary' : 'primary'}>{t('account.show')}</Button>
      </Form>
      <p class="govuk-body"><TextButton onClick={() => go(back, { replace: true })}>{common('form.cancel')}</TextButton></p>
    </Page>
  );
}

// Back to a page of this service, and to no other.
function backFrom(then: string | null): string {
  return then !== null && then.startsWith('/') && !then.startsWith('//') ? then : '/account';
}
