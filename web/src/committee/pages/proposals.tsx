// The releases that one person has built and that wait for another to publish them.

import { client, ok } from '../../lib/api.ts';
import { dateTime } from '../../lib/dates.ts';
import { useLoaded } from '../../lib/loaded.ts';
import { Link, Page, Table, Trouble } from '../../parts/index.ts';
import { pageHref, useWords } from '../parts.tsx';

export default function Proposals() {
  const words = useWords();
  const { data, error, again } = useLoaded(async () => (await ok(client.GET('/api/v1/statistics/proposals'))).items);
  if (data === null && error !== null) return <Trouble error={error} again={() => void again()} />;
  return (
    <Page title={words.t('title.proposals')} back={{ href: pageHref('overview'), text: words.t('title.overview') }} wide>
      <p class="govuk-body">{words.t('proposals.text')}</p>
      {data === null ? <div class="waiting" aria-busy="true" /> : data.length === 0 ? <p class="govuk-body">{words.t('proposals.none')}</p> : (
        <Table
          caption={words.t('title.proposals')} captionHidden columns={[words.t('column.period'), words.t('proposals.built')]}
          rows={data.map(({ id, built_at: built }) => ({
            key: id, cells: [<Link key="period" href={`/statistics/proposals/${encodeURIComponent(id)}`}>{words.period(id)}</Link>, dateTime(built)],
          }))}
        />
      )}
    </Page>
  );
}
