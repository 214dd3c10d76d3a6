// A case at a glance: what comes next, where it stands, what it waits for, what was decided, and what can be done.

import { useCallback } from 'preact/hooks';

import { client, ok, Problem } from '../../lib/api.ts';
import { count, language, useText } from '../../lib/i18n.ts';
import { agency, province } from '../../lib/names.ts';
import type { PageProps } from '../../lib/route.ts';
import { Inset, Link, SummaryList, Table, Tag, Time } from '../../parts/index.ts';
import { NextAction } from '../case/next.tsx';
import { CaseFrame } from '../case/frame.tsx';
import { Decisions } from '../case/decisions.tsx';
import { Openable } from '../case/openable.tsx';
import { PossibleCommands } from '../case/possible.tsx';
import type { Opened } from '../case/store.ts';
import { SummaryPapers } from '../decide/papers.tsx';
import { caseHref, incidentHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { Duplicate, Period, Reader } from '../model.ts';
import { Deadline, LimitSource } from '../parts/deadline.tsx';
import { holder, word } from '../parts/words.ts';
import { compares, reader } from '../reader.ts';

export default function SummaryPage({ params: { id = '' }, query }: PageProps) {
  return (
    <CaseFrame id={id} query={query} part="summary">
      {(opened) => (
        <div class="columns">
          <div class="columns__main">
            <NextAction opened={opened} reader={reader()} />
            {compares(reader()) && opened.asOf === null && <DuplicateHint opened={opened} />}
            <Tasks opened={opened} reader={reader()} />
            <Periods opened={opened} />
            <Team opened={opened} reader={reader()} />
            <Decisions opened={opened} />
            <Disagreements opened={opened} />
          </div>
          <div class="columns__side">
            <Standing opened={opened} reader={reader()} />
            <Accommodations opened={opened} />
            {opened.asOf === null && <PossibleCommands opened={opened} />}
            <Openable opened={opened} />
            {opened.asOf === null && !opened.found.erased && <SummaryPapers caseId={id} />}
          </div>
        </div>
      )}
    </CaseFrame>
  );
}

function Standing({ opened: { found, asOf }, reader: by }: { opened: Opened; reader: Reader }) {
  const t = useText('casework');
  return (
    <section aria-labelledby="standing">
      <h2 class="govuk-heading-m" id="standing">{t('summary.standing')}</h2>
      <SummaryList plain facts={[
        { term: t('column.status'), value: word('status', found.status) },
        { term: t('column.agency'), value: agency(found.agency) },
        { term: t('column.assignee'), value: holder(found.assignee, by) },
        { term: t('column.province'), value: province(found.province) },
        { term: t('summary.opened'), value: <Time at={found.opened_at} as="date" /> },
        { term: t('column.since'), value: <Time at={found.since} /> },
        { term: t('column.due'), value: <Deadline at={found.due_at} waiting={found.open} asOf={asOf} /> },
        { term: t('case.hold'), value: t(found.hold ? 'hold.set' : 'hold.none') },
        { term: t('case.child'), value: found.child === null ? null : childWords(found.child, t) },
        { term: t('case.incident'), value: found.incident ? <Link href={incidentHref(found.incident)}>{t('incident.one')}</Link> : null },
        { term: t('case.return'), value: found.return ? word('return', found.return) : null },
      ]} />
    </section>
  );
}

function childWords({ branch, guardian, best_interests: interests }: NonNullable<Opened['found']['child']>, t: ReturnType<typeof useText<'casework'>>): string {
  return [word('branch', branch), t(guardian ? 'child.guardian' : 'child.noGuardian'), t(interests ? 'child.interests' : 'child.noInterests')].join('; ');
}

function Tasks({ opened: { found, asOf }, reader: by }: { opened: Opened; reader: Reader }) {
  const t = useText('casework');
  if (found.tasks.length < 2) return null; // one alone is the next action
  return (
    <section aria-labelledby="tasks">
      <h2 class="govuk-heading-m" id="tasks">{t('part.tasks')}</h2>
      <Table caption={t('part.tasks')} captionHidden columns={[t('column.task'), t('column.agency'), t('column.assignee'), t('column.due')]}
        rows={found.tasks.map((task) => ({
          key: task.id,
          cells: [
            word('task', task.kind), agency(task.agency), holder(task.assignee, by),
            <><Deadline at={task.due_at} asOf={asOf} rung={task.rung} /><LimitSource of={task} /></>,
          ],
        }))} />
    </section>
  );
}

/** How a protected period goes. */
function stateOf({ running, paused_at: paused, over }: Period): string {
  if (!running) return 'ended';
  if (paused !== null) return 'paused';
  return over ? 'over' : 'running';
}

// The protected periods: s.29 of the Act and the reflection period, each with its own clock.
function Periods({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.periods.length === 0) return null;
  return (
    <section aria-labelledby="periods">
      <h2 class="govuk-heading-m" id="periods">{t('part.periods')}</h2>
      <Table caption={t('part.periods')} captionHidden columns={[t('column.period'), t('column.state'), t('column.started'), t('column.ends')]}
        rows={found.periods.map((one) => ({
          key: one.period,
          cells: [
            word('period', one.period), word('period_state', stateOf(one)), <Time at={one.started_at} />,
            <><Deadline at={one.ends_at} waiting={one.running && one.paused_at === null} asOf={asOf} /><LimitSource of={one} /></>,
          ],
        }))} />
    </section>
  );
}

function Team({ opened: { found }, reader: by }: { opened: Opened; reader: Reader }) {
  const t = useText('casework');
  if (found.team === null) return null;
  return (
    <section aria-labelledby="team">
      <h2 class="govuk-heading-m" id="team">{t('part.team')}</h2>
      <Table caption={t('part.team')} captionHidden columns={[t('column.agency'), t('column.who'), t('column.finding')]}
        rows={found.team.members.map((one, i) => ({
          key: `${one.agency} ${i}`,
          cells: [agency(one.agency), one.user ? holder(one.user, by) : t('team.sent'), one.heard ? t('team.heard') : <Tag colour="yellow">{t('team.notHeard')}</Tag>],
        }))} />
    </section>
  );
}

function Disagreements({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  const open = found.disagreements.filter(({ settled }) => !settled);
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="disagreements">
      <h2 class="govuk-heading-m" id="disagreements">{t('part.disagreements')}</h2>
      <ul class="govuk-list govuk-list--bullet">
        {open.map((one) => <li key={one.disagreement_id}>{word('subject', one.subject)}: {t('disagreement.open')}, <Time at={one.since} /></li>)}
      </ul>
      <p class="govuk-body"><Link href={`${caseHref(found.case_id, 'timeline')}#disagreements`}>{t('disagreement.show')}</Link></p>
    </section>
  );
}

function Accommodations({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.accommodations.length === 0) return null;
  return (
    <section aria-labelledby="accommodations">
      <h2 class="govuk-heading-m" id="accommodations">{t('part.accommodations')}</h2>
      <p class="govuk-hint">{t('accommodations.explained')}</p>
      <ul class="govuk-list govuk-list--bullet">{found.accommodations.map((one) => <li key={one.code}>{one[language.value]}</li>)}</ul>
    </section>
  );
}

function DuplicateHint({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  const { loaded } = useLoading(found.case_id, useCallback((signal: AbortSignal) => proposals(found.case_id, signal), [found.case_id]), false);
  const n = loaded.state === 'ready' ? loaded.value.filter(({ state }) => state === 'proposed').length : 0;
  if (n === 0) return null;
  return (
    <Inset>
      {count('casework', 'summary.duplicates', n)} <Link href={caseHref(found.case_id, 'duplicates')}>{t('summary.compare')}</Link>
    </Inset>
  );
}

// A case whose person the reader may not compare has no proposals for them.
async function proposals(id: string, signal: AbortSignal): Promise<Duplicate[]> {
  try {
    return (await ok(client.GET('/api/v1/cases/{id}/duplicates', { params: { path: { id } }, signal }))).items;
  } catch (error) {
    if (error instanceof Problem && [403, 404, 410].includes(error.status)) return [];
    throw error;
  }
}
