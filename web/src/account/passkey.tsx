// Adding a passkey. It is named by the kind of thing that holds it: a free name would be the first place for a person's.

import { useState } from 'preact/hooks';

import { texts, useText } from '../lib/i18n.ts';
import { leaveNotice } from '../lib/notice.ts';
import { addPasskey } from '../lib/passkeys.ts';
import { go } from '../lib/route.ts';
import { Button, type Fault, Form, faultOf, Page, Radios } from '../parts/index.ts';
import { refusal } from './refusal.ts';

const things = ['security-key', 'phone', 'computer', 'other'] as const;

/** Asks what holds the passkey, and lets the browser make it. */
export default function AddPasskey() {
  const t = useText('account');
  const common = useText('common');
  const [thing, setThing] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);

  async function add(): Promise<void> {
    if (thing === '') return setFaults([{ name: 'thing', at: 'thing-first', message: t('account.passkeys.missing') }]);
    try {
      await addPasskey(thing);
      leaveNotice(() => texts('account')('account.passkeys.done'));
      go('/account', { replace: true });
    } catch (error) {
      setFaults([refusal(error)]);
    }
  }

  return (
    <Page title={t('account.passkeys.add')} faults={faults} back={{ href: '/account', text: t('account.heading') }}>
      <p class="govuk-body">{t('account.passkeys.about')}</p>
      <Form onSubmit={() => void add()} label={t('account.passkeys.add')}>
        <Radios
          name="thing" label={t('account.passkeys.thing')} value={thing} onChange={setThing} error={faultOf(faults, 'thing')}
          options={things.map((value) => ({ value, label: t(`account.thing.${value}`) }))}
        />
        <Button>{common('form.continue')}</Button>
      </Form>
    </Page>
  );
}
