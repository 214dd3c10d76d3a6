// That a release waits for a second person, said to those who may publish it.

import { client, ok } from '../lib/api.ts';
import { useLoaded } from '../lib/loaded.ts';
import { href } from '../lib/route.ts';
import { session } from '../lib/session.ts';
import { Inset, Link } from '../parts/index.ts';
import { publishers } from './routes.ts';
import type { Words } from './words.ts';

/** The releases that wait. For everybody else, and where they cannot be read, nothing is said. */
export function Waiting({ words }: { words: Words }) {
  const role = session.value?.user.role;
  const publishes = role !== undefined && publishers.includes(role);
  const { data } = useLoaded(async () => (publishes ? (await ok(client.GET('/api/v1/statistics/proposals'))).items : []), [publishes]);
  return (
    <>
      {data?.map(({ id }) => (
        <Inset key={id}>
          {words.t('proposals.waiting', { period: words.period(id) })}{' '}
          <Link href={href(`/statistics/proposals/${encodeURIComponent(id)}`)} about={words.period(id)}>{words.t('proposals.look')}</Link>
        </Inset>
      ))}
    </>
  );
}
