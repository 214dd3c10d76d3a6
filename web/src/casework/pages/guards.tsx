// Who may see a case, and for how long: emergency access and its review, whom the case hides from, legal holds, and its erasure.

import { now } from '../../lib/clock.ts';
import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import type { PageProps } from '../../lib/route.ts';
import { Inset, Link, SummaryList, Table, Tag, Time } from '../../parts/index.ts';
import { CaseFrame } from '../case/frame.tsx';
import { CommandLinks, isGuard } from '../case/possible.tsx';
import type { Opened } from '../case/store.ts';
import { doHref } from '../links.ts';
import type { Glass } from '../model.ts';
import { Deadline } from '../parts/deadline.tsx';
import { commandLabel, reasonText, word, words } from '../parts/words.ts';
import { reader } from '../reader.ts';

export default function GuardsPage({ params: { id = '' }, query }: PageProps) {
  const t = useText('casework');
  return (
    <CaseFrame id={id} query={query} part="guards" title={t('guards.heading')}>
      {(opened) => (
        <>
          <EmergencyAccess opened={opened} />
          <Exclusions opened={opened} />
          <Holds opened={opened} />
          <ErasureState opened={opened} />
          <Doing opened={opened} />
        </>
      )}
    </CaseFrame>
  );
}

function EmergencyAccess({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  return (
    <section aria-labelledby="glass">
      <h2 class="govuk-heading-m" id="glass">{t('guards.glass')}</h2>
      {found.glass.length === 0 && <Inset>{t('guards.glass.none')}</Inset>}
      {found.glass.map((one) => (
        <article class="card" key={one.glass_id}>
          <h3 class="govuk-heading-s">{agency(one.agency)} {one.running && <Tag colour="red">{t('case.flag.glass')}</Tag>}</h3>
          <SummaryList plain facts={[
            { term: t('column.who'), value: one.account === reader().id ? t('openings.you') : <code class="code">{one.account}</code> },
            { term: t('column.reasons'), value: word('glass_reason', one.reason) },
            { term: t('column.classes'), value: words('scope', one.scopes) },
            { term: t('column.begun'), value: <Time at={one.since} as="full" /> },
            { term: t(one.running ? 'guards.glass.until' : 'guards.glass.ended'), value: <Deadline at={one.until} waiting={one.running} asOf={asOf} full /> },
            { term: t('guards.glass.approval'), value: approval(one, t) },
            { term: t('guards.glass.review'), value: <Review glass={one} asOf={asOf} /> },
          ]} />
          {asOf === null && <GlassLinks found={found} glass={one} />}
        </article>
      ))}
    </section>
  );
}

function approval({ approve_by: by, approved_at: at }: Glass, t: ReturnType<typeof useText<'casework'>>) {
  if (at !== null) return <>{t('guards.glass.approvedAt')} <Time at={at} /></>;
  return by === null ? null : <>{t('guards.glass.waits')} <Deadline at={by} /></>;
}

function Review({ glass, asOf }: { glass: Glass; asOf: string | null }) {
  if (glass.reviewed_at !== null) return <>{glass.verdict === undefined ? null : word('verdict', glass.verdict)} <Time at={glass.reviewed_at} /></>;
  return <Deadline at={glass.review_by} asOf={asOf} />;
}

function GlassLinks({ found, glass }: { found: Opened['found']; glass: Glass }) {
  const waits = {
    'approve-break-glass': glass.approve_by !== null && Date.parse(glass.approve_by) > now() && glass.approved_at === null && glass.account !== reader().id,
    'review-break-glass': glass.reviewed_at === null && glass.account !== reader().id,
  };
  const possible = Object.entries(waits).filter(([command, here]) => here && found.possible.includes(command)).map(([command]) => command);
  return <p class="answers">{possible.map((command) => <Link key={command} href={doHref(found.case_id, command, { glass_id: glass.glass_id })}>{commandLabel(command)}</Link>)}</p>;
}

function Exclusions({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  const accused = ({ accused: whom }: Opened['found']['exclusions'][number]) => (whom === null ? t('sealed')
    : whom.agency ? agency(whom.agency) : t('accused.account', { account: whom.account ?? '' }));
  return (
    <section aria-labelledby="exclusions">
      <h2 class="govuk-heading-m" id="exclusions">{t('guards.exclusions')}</h2>
      {found.exclusions.length === 0 ? <Inset>{t('guards.exclusions.none')}</Inset> : (
        <Table caption={t('guards.exclusions')} captionHidden columns={[t('column.accused'), t('column.begun'), t('column.state')]}
          rows={found.exclusions.map((one) => ({
            key: one.exclusion_id,
            cells: [
              accused(one), <Time at={one.since} />,
              <>{one.lift_requested ? t('guards.exclusions.lifting') : t('guards.exclusions.stands')}{asOf === null && <LiftLink found={found} exclusion={one} />}</>,
            ],
          }))} />
      )}
    </section>
  );
}

function LiftLink({ found, exclusion }: { found: Opened['found']; exclusion: Opened['found']['exclusions'][number] }) {
  const command = exclusion.lift_requested ? 'approve-lift-exclusion' : 'lift-exclusion';
  if (!found.possible.includes(command)) return null;
  return <span class="answers"><Link href={doHref(found.case_id, command, { exclusion_id: exclusion.exclusion_id })}>{commandLabel(command)}</Link></span>;
}

function Holds({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  return (
    <section aria-labelledby="legal-hold">
      <h2 class="govuk-heading-m" id="legal-hold">{t('guards.legalHold')}</h2>
      <p class="govuk-body">{t(found.legal_hold ? 'guards.legalHold.set' : 'guards.legalHold.none')}</p>
    </section>
  );
}

function ErasureState({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  const { erasure } = found;
  return (
    <section aria-labelledby="erasure">
      <h2 class="govuk-heading-m" id="erasure">{t('guards.erasure')}</h2>
      {erasure === null ? <p class="govuk-body">{t('guards.erasure.none')}</p> : (
        <SummaryList plain facts={[
          { term: t('column.state'), value: word('erasure_stage', erasure.stage) },
          { term: t('erased.reason'), value: reasonText(erasure.reason) },
          { term: t('erased.requested'), value: <Time at={erasure.since} as="full" /> },
          { term: t('guards.erasure.approvals'), value: String(erasure.approvals) },
        ]} />
      )}
    </section>
  );
}

// What has its place beside one thing is not offered here again.
const beside = ['approve-break-glass', 'review-break-glass', 'lift-exclusion', 'approve-lift-exclusion'];

function Doing({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  const commands = found.possible.filter((command) => isGuard(command) && !beside.includes(command));
  if (asOf !== null || commands.length === 0) return null;
  return (
    <section aria-labelledby="guards-do">
      <h2 class="govuk-heading-m" id="guards-do">{t('guards.do')}</h2>
      <CommandLinks caseId={found.case_id} commands={commands} />
    </section>
  );
}
