// Giving somebody another role, agency or provinces. A grave role waits for a second administrator.

import { useState } from 'preact/hooks';

import { client } from '../lib/api.ts';
import { texts, useText } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { leaveNotice } from '../lib/notice.ts';
import { go, type PageProps } from '../lib/route.ts';
import { Button, type Fault, Form } from '../parts/index.ts';
import { type Account, readAccount, refusal } from './accounts.ts';
import { Frame } from './frame.tsx';
import { knownRole, missingOf, type Post, PostQuestions, whole } from './postform.tsx';

/** Asks what somebody is to be. */
export default function ChangePost({ params }: PageProps) {
  const t = useText('administration');
  const id = params.id ?? '';
  const loaded = useLoaded(() => readAccount(id), [id]);
  const [given, setGiven] = useState<Post | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const person = `/administration/people/${id}`;

  async function change(post: Post): Promise<void> {
    const missing = missingOf(post);
    if (missing.length > 0) return setFaults(missing);
    try {
      const { response } = await client.POST('/api/v1/accounts/{id}/role', { params: { path: { id } }, body: whole(post) });
      leaveNotice(() => texts('administration')(response.status === 202 ? 'people.post.waits' : 'people.post.done'));
      go(person, { replace: true });
    } catch (error) {
      setFaults([refusal(error)]);
    }
  }

  return (
    <Frame title={t('people.post')} back={{ href: person, text: loaded.data?.username ?? t('people.one') }} loaded={loaded} faults={faults}>
      {(account) => {
        const post = given ?? postOf(account);
        return (
          <Form onSubmit={() => void change(post)} label={t('people.post')}>
            <PostQuestions post={post} onChange={setGiven} faults={faults} />
            <Button>{t('people.post.submit')}</Button>
          </Form>
        );
      }}
    </Frame>
  );
}

function postOf({ role, agency, provinces }: Account): Post {
  return { role: knownRole(role), agency, provinces: [...provinces] };
}
