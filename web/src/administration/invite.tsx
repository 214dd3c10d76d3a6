// Inviting somebody: they choose a name and a password that nobody else learns.

import { useState } from 'preact/hooks';

import { useAlone } from '../lib/alone.ts';
import { client, ok } from '../lib/api.ts';
import { useText } from '../lib/i18n.ts';
import { Button, ButtonLink, type Fault, Form, Page, Time } from '../parts/index.ts';
import { refusal } from './accounts.ts';
import { OnceShown } from './frame.tsx';
import { missingOf, type Post, PostQuestions, whole } from './postform.tsx';

const nothing: Post = { role: '', agency: '', provinces: [] };

/** Asks what somebody is to be, and shows the code to hand over. */
export default function Invite() {
  const t = useText('administration');
  const [post, setPost] = useState(nothing);
  const [made, setMade] = useState<{ code: string; expires_at: string } | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const alone = useAlone();
  const back = { href: '/administration/people', text: t('people.heading') };

  async function invite(): Promise<void> {
    const missing = missingOf(post);
    setFaults(missing);
    if (missing.length > 0) return;
    try {
      setMade(await ok(client.POST('/api/v1/accounts', { body: whole(post) })));
    } catch (error) {
      setFaults([refusal(error)]);
    }
  }

  if (made !== null) {
    return (
      <Page title={t('people.invited')} back={back}>
        <OnceShown code={made.code} until={<>{t('people.until')} <Time at={made.expires_at} /></>} />
        <ButtonLink href="/administration/people">{t('people.heading')}</ButtonLink>
      </Page>
    );
  }
  return (
    <Page title={t('people.invite')} back={back} faults={faults}>
      <Form onSubmit={() => void alone(invite)} label={t('people.invite')}>
        <PostQuestions post={post} onChange={setPost} faults={faults} />
        <Button>{t('people.invite.submit')}</Button>
      </Form>
    </Page>
  );
}
