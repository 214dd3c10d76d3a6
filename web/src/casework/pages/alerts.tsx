// What is out of the ordinary in who opened what, for the auditor.

import { useCallback, useLayoutEffect, useState } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { count, number, useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { type Fault, Inset, Link, Page, Pagination, Table, TextButton, Time, Trouble } from '../../parts/index.ts';
import { countAnew, startCounting, unreadAlerts } from '../counts.ts';
import { caseHref } from '../links.ts';
import { asProblem, useLoading } from '../loading.ts';
import type { AccessAlert } from '../model.ts';
import { AuditTabs } from '../parts/audittabs.tsx';
import { useHeldBack } from '../parts/held.ts';
import { Quick } from '../parts/quick.tsx';
import { reasonOf } from '../parts/refusal.tsx';
import { useKeptPlace } from '../parts/rows.ts';
import { Who } from '../parts/who.tsx';
import { word } from '../parts/words.ts';

import '../casework.scss';

export default function AlertsPage({ query }: PageProps) {
  const t = useText('casework');
  startCounting();
  const [faults, setFaults] = useState<Fault[]>([]);
  const after = query.get('after');
  const all = query.get('show') === 'all';
  const { loaded, reload } = useLoading(query.toString(), useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/access-alerts', {
    params: { query: { ...(!all && { unread: true }), ...(after !== null && { after }) } }, signal,
  })), [after, all]));

  async function acknowledge(id: string): Promise<void> {
    setFaults([]);
    try {
      await client.POST('/api/v1/access-alerts/{id}/acknowledge', { params: { path: { id } } });
      await Promise.all([reload(), countAnew()]);
    } catch (error) {
      setFaults([{ message: reasonOf(asProblem(error)) }]);
    }
  }

  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  return (
    <Page title={t('alerts.title')} wide faults={faults}>
      <AuditTabs current="alerts" />
      <Quick label={t('alerts.show')} links={[
        { key: 'unread', href: '/alerts', text: t('alerts.unreadOnly'), count: unreadAlerts.value, current: !all, urgent: true },
        { key: 'all', href: href('/alerts', { show: 'all' }), text: t('alerts.all'), current: all },
      ]} />
      {loaded.state === 'ready' && (
        <>
          <p class="govuk-visually-hidden" role="status">{t('alerts.unread', { count: number(loaded.value.unread) })}</p>
          <Alerts alerts={loaded.value.items} acknowledge={acknowledge} />
          <Pagination first={after !== null ? href('/alerts', { show: query.get('show') }) : null}
            next={loaded.value.next && href('/alerts', { show: query.get('show'), after: loaded.value.next })} />
        </>
      )}
    </Page>
  );
}

function Alerts({ alerts, acknowledge }: { alerts: readonly AccessAlert[]; acknowledge: (id: string) => Promise<void> }) {
  const t = useText('casework');
  const place = useKeptPlace();
  const { rows, held, asked, show } = useHeldBack(alerts, (one) => one.alert_id);
  useLayoutEffect(() => {
    if (asked > 0) place.ref.current?.querySelector<HTMLElement>('tbody a')?.focus();
  }, [asked]);
  if (alerts.length === 0) return <Inset>{t('alerts.none')}</Inset>;
  return (
    <div {...place}>
      <p class="govuk-body">{held === 0 ? t('alerts.order') : <TextButton onClick={show}>{count('casework', 'alerts.new', held)}</TextButton>}</p>
      <Table caption={t('alerts.heading')} captionHidden
        columns={[t('column.alert'), t('column.when'), t('column.who'), t('column.agency'), t('column.case'), { title: t('column.number'), numeric: true }, t('column.do')]}
        rows={rows.map((one) => ({
          key: one.alert_id,
          cells: [
            word('alert', one.kind), <Time at={one.at} as="full" />, <Who of={one} />, agency(one.agency),
            one.case_id ? <Link href={caseHref(one.case_id, 'access-log')}>{t('alerts.log')}</Link> : t('alerts.several'),
            number(one.count),
            <span class="answers">
              <Link href={href('/reports', { kind: 'account', value: one.account_id })}>{t('alerts.report')}</Link>
              {one.acknowledged_at === null
                ? <TextButton onClick={() => void acknowledge(one.alert_id)} about={word('alert', one.kind)}>{t('alerts.acknowledge')}</TextButton>
                : <>{t('alerts.acknowledged')} <Time at={one.acknowledged_at} /></>}
            </span>,
          ],
        }))} />
    </div>
  );
}
