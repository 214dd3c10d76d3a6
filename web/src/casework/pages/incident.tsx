// One incident: how far the people have come who were met in it.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import { agency, province } from '../../lib/names.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { Page, Pagination, SummaryList, Table, Tag, Time, Trouble } from '../../parts/index.ts';
import { rememberList } from '../case/lastlist.ts';
import { startCounting } from '../counts.ts';
import { caseHref, incidentHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { IncidentPerson, IncidentProgress } from '../model.ts';
import { Loading } from '../parts/loading.tsx';
import { onArrows } from '../parts/rows.ts';
import { word } from '../parts/words.ts';

import '../casework.scss';

const steps = ['people', 'refused', 'screened', 'reasonable_grounds', 'identified', 'waiting'] as const;

export default function IncidentPage({ params: { id = '' }, query }: PageProps) {
  const t = useText('casework');
  startCounting();
  rememberList();
  const after = query.get('after');
  const { loaded, reload } = useLoading(`${id} ${after ?? ''}`, useCallback((signal: AbortSignal) => Promise.all([
    ok(client.GET('/api/v1/incidents/{id}', { params: { path: { id } }, signal })),
    ok(client.GET('/api/v1/incidents/{id}/people', { params: { path: { id }, query: { limit: 100, ...(after !== null && { after }) } }, signal })),
  ]), [id, after]));
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  if (loaded.state === 'loading') return <Page title={t('incidents.heading')} wide><Loading /></Page>;
  const [incident, people] = loaded.value;
  return (
    <Page title={t('incident.title', { province: province(incident.province) })} wide back={{ href: '/incidents', text: t('incidents.back') }}>
      <SummaryList facts={[
        { term: t('column.first'), value: <Time at={incident.first_contact} as="full" /> },
        { term: t('incident.last'), value: <Time at={incident.last_contact} as="full" /> },
      ]} />
      <Progress progress={incident.progress} />
      <ByAgency agencies={incident.by_agency} />
      <People people={people.items} />
      <Pagination first={after !== null ? incidentHref(id) : null} next={people.next && href(incidentHref(id), { after: people.next })} />
    </Page>
  );
}

// A step with a bar of how many have come so far; the numbers say the same.
function Progress({ progress }: { progress: IncidentProgress }) {
  const t = useText('casework');
  return (
    <section aria-labelledby="progress">
      <h2 class="govuk-heading-m" id="progress">{t('incident.progress')}</h2>
      <SummaryList plain facts={steps.map((step) => ({
        term: t(`incident.${step}`),
        value: step === 'people' ? number(progress.people) : (
          <span class="share">
            <meter class="share__bar" min={0} max={Math.max(progress.people, 1)} value={progress[step]} aria-label={t(`incident.${step}`)} />
            {t('incident.share', { n: number(progress[step]), all: number(progress.people) })}
          </span>
        ),
      }))} />
    </section>
  );
}

function ByAgency({ agencies }: { agencies: Record<string, IncidentProgress> }) {
  const t = useText('casework');
  return (
    <Table caption={t('incident.byAgency')} columns={[t('column.agency'), ...steps.map((step) => ({ title: t(`incident.${step}`), numeric: true }))]}
      rows={Object.entries(agencies).map(([code, progress]) => ({ key: code, cells: [agency(code), ...steps.map((step) => number(progress[step]))] }))} />
  );
}

function People({ people }: { people: readonly IncidentPerson[] }) {
  const t = useText('casework');
  return (
    <div class="rows" onKeyDown={onArrows}>
      <Table caption={t('incident.list')} columns={[t('column.reference'), t('column.entry'), t('column.stage'), t('column.status'), t('column.agency'), t('column.urgent')]}
        rows={people.map((one) => ({
          key: one.case_id,
          cells: [
            <a class="govuk-link reference" href={caseHref(one.case_id)}>{one.case_reference}</a>, one.entry > 0 ? number(one.entry) : t('entry.none'),
            word('stage', one.stage), word('status', one.status), agency(one.agency), one.urgent ? <Tag colour="red">{t('urgent.yes')}</Tag> : t('urgent.no'),
          ],
        }))} />
    </div>
  );
}
