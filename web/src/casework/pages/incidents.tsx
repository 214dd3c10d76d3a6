// Incidents: the operations in which many people were met at once.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import { province } from '../../lib/names.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { Inset, Link, Page, Pagination, Table, Time, Trouble } from '../../parts/index.ts';
import { rememberList } from '../case/lastlist.ts';
import { startCounting } from '../counts.ts';
import { incidentHref } from '../links.ts';
import { useLoading } from '../loading.ts';

import '../casework.scss';

export default function IncidentsPage({ query }: PageProps) {
  const t = useText('casework');
  startCounting();
  rememberList();
  const after = query.get('after');
  const { loaded, reload } = useLoading(after ?? '', useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/incidents', {
    params: { query: after === null ? {} : { after } }, signal,
  })), [after]));
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  return (
    <Page title={t('incidents.heading')} wide>
      <p class="govuk-body">{t('incidents.lead')}</p>
      {loaded.state === 'ready' && (loaded.value.items.length === 0 ? <Inset>{t('incidents.none')}</Inset> : (
        <Table caption={t('incidents.heading')} captionHidden columns={[t('column.first'), t('column.province'), { title: t('column.people'), numeric: true }]}
          rows={loaded.value.items.map((one) => ({
            key: one.incident_id,
            cells: [<Link href={incidentHref(one.incident_id)}><Time at={one.first_contact} /></Link>, province(one.province), number(one.people)],
          }))} />
      ))}
      {loaded.state === 'ready' && <Pagination first={after !== null ? '/incidents' : null} next={loaded.value.next && href('/incidents', { after: loaded.value.next })} />}
    </Page>
  );
}
