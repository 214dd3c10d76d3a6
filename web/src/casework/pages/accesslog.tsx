// Who opened a case and who was denied it, the latest first. Nobody is named: an account is a number that its agency can look up.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { Inset, Pagination, Table, Time, Trouble } from '../../parts/index.ts';
import { CaseFrame } from '../case/frame.tsx';
import { caseHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import { Loading } from '../parts/loading.tsx';
import { asked, OutcomeTag, Who } from '../parts/who.tsx';
import { word, words } from '../parts/words.ts';

export default function AccessLogPage({ params: { id = '' }, query }: PageProps) {
  const t = useText('casework');
  return (
    <CaseFrame id={id} query={query} part="access-log" title={t('openings.heading')}>
      {() => <><p class="govuk-body">{t('openings.about')}</p><Openings id={id} after={query.get('after') ?? ''} /></>}
    </CaseFrame>
  );
}

function Openings({ id, after }: { id: string; after: string }) {
  const t = useText('casework');
  const { loaded, reload } = useLoading(`${id} ${after}`, useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/cases/{id}/access-log', {
    params: { path: { id }, query: after === '' ? {} : { after } }, signal,
  })), [id, after]), false);
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  if (loaded.state === 'loading') return <Loading />;
  const { items, next } = loaded.value;
  if (items.length === 0) return <Inset>{t('openings.none')}</Inset>;
  return (
    <>
      <Table caption={t('openings.heading')} captionHidden
        columns={[t('column.when'), t('column.who'), t('column.agency'), t('column.purposeOf'), t('column.action'), t('column.classes'), t('column.outcome')]}
        rows={items.map((one) => ({
          key: one.entry_id,
          cells: [
            <Time at={one.at} as="full" />, <Who of={one} />, agency(one.agency), one.purpose === '' ? null : word('access_purpose', one.purpose),
            asked(one.action), words('class', one.classes), <OutcomeTag outcome={one.outcome} />,
          ],
        }))} />
      <Pagination first={after !== '' ? caseHref(id, 'access-log') : null} next={next && href(caseHref(id, 'access-log'), { after: next })} />
    </>
  );
}
