// What the person agreed to, whom the case was sent to, which services were asked for, and how each of these stands.

import { useText } from '../../lib/i18n.ts';
import { agency, nameIn } from '../../lib/names.ts';
import type { PageProps } from '../../lib/route.ts';
import { Inset, Link, SummaryList, Table, Tag, Time } from '../../parts/index.ts';
import { CaseFrame } from '../case/frame.tsx';
import type { Opened } from '../case/store.ts';
import { LetterPapers } from '../decide/papers.tsx';
import { doHref } from '../links.ts';
import type { Reader } from '../model.ts';
import { Deadline } from '../parts/deadline.tsx';
import { agencyNames, commandLabel, dataWords, openWords, serviceNames, withdrawnWords, word } from '../parts/words.ts';
import { reader } from '../reader.ts';

interface PartProps {
  opened: Opened;
  by: Reader;
}

export default function ReferralsPage({ params: { id = '' }, query }: PageProps) {
  return (
    <CaseFrame id={id} query={query} part="referrals">
      {(opened) => {
        const given = { opened, by: reader() };
        return (
          <>
            <Referrals {...given} />
            <Requests {...given} />
            <Consents {...given} />
            <Withdrawals {...given} />
            <Services {...given} />
            <Shelter {...given} />
            <Claims {...given} />
          </>
        );
      }}
    </CaseFrame>
  );
}

interface SectionProps {
  name: 'referrals' | 'requests' | 'consents' | 'withdrawals' | 'services' | 'claims';
  columns: string[];
  rows: { key: string; cells: preact.ComponentChildren[] }[];
  none?: string;
}

// A table under its heading; without rows a sentence, or nothing.
function Listed({ name, columns, rows, none }: SectionProps) {
  const t = useText('casework');
  const title = t(`part.${name}`);
  if (rows.length === 0 && none === undefined) return null;
  return (
    <section aria-labelledby={name}>
      <h2 class="govuk-heading-m" id={name}>{title}</h2>
      {rows.length === 0 ? <Inset>{none}</Inset> : <Table caption={title} captionHidden columns={columns} rows={rows} />}
    </section>
  );
}

// The links to the pages on which one thing is answered, where it waits for the reader's agency.
function Answers({ opened: { found, asOf }, waits, commands, about }: { opened: Opened; waits: boolean; commands: string[]; about: Record<string, string> }) {
  if (!waits || asOf !== null) return null;
  const possible = commands.filter((command) => found.possible.includes(command));
  return <span class="answers">{possible.map((command) => <Link key={command} href={doHref(found.case_id, command, about)}>{commandLabel(command)}</Link>)}</span>;
}

function Referrals({ opened, by }: PartProps) {
  const t = useText('casework');
  const { found, asOf } = opened;
  return (
    <Listed name="referrals" none={t('referrals.none')}
      columns={['to', 'from', 'services', 'data', 'status', 'sent', 'due'].map((name) => t(`column.${name}` as 'column.to'))}
      rows={found.referrals.map((one) => ({
        key: one.referral_id,
        cells: [
          <>{agency(one.to)}{one.hand_over && <span class="govuk-hint"> {t('referral.handOver')}</span>}</>,
          agency(one.from), serviceNames(one.services), openWords(one.data),
          <>
            {one.status === 'pending' ? <Tag colour="yellow">{word('referral_status', one.status)}</Tag> : word('referral_status', one.status)}
            <Answers opened={opened} waits={one.status === 'pending' && one.to === by.agency} commands={['accept', 'decline']} about={{ referral_id: one.referral_id }} />
            <Answers opened={opened} waits={one.status === 'pending' && one.from === by.agency} commands={['revoke']} about={{ referral_id: one.referral_id }} />
            <Answers opened={opened} waits={one.status === 'accepted' && !one.hand_over && one.to === by.agency} commands={['complete']} about={{ referral_id: one.referral_id }} />
            {asOf === null && <LetterPapers caseId={found.case_id} referral={one.referral_id} about={agency(one.to)} />}
          </>,
          <Time at={one.sent_at} />, <Deadline at={one.due_at} waiting={one.status === 'pending'} asOf={asOf} />,
        ],
      }))} />
  );
}

function Requests({ opened, by }: PartProps) {
  const t = useText('casework');
  const { found, asOf } = opened;
  return (
    <Listed name="requests" columns={[t('column.agency'), t('column.status'), t('column.begun'), t('column.due')]}
      rows={found.hand_over_requests.map((one) => ({
        key: one.request_id,
        cells: [
          agency(one.by),
          <>{word('referral_status', one.status)}<Answers opened={opened} waits={one.status === 'pending' && found.agency === by.agency}
            commands={['grant-hand-over', 'refuse-hand-over']} about={{ request_id: one.request_id }} /></>,
          <Time at={one.since} />, <Deadline at={one.due_at} waiting={one.status === 'pending'} asOf={asOf} />,
        ],
      }))} />
  );
}

function Consents({ opened: { found } }: PartProps) {
  const t = useText('casework');
  return (
    <Listed name="consents" none={t('consents.none')}
      columns={[t('column.purpose'), t('column.answer'), t('column.recipient'), t('column.data'), t('column.until')]}
      rows={found.grants.map((one, i) => ({
        key: `${one.purpose} ${i}`,
        cells: [
          word('purpose', one.purpose), one.answer === 'given' ? word('consent', one.answer) : <Tag colour="orange">{word('consent', one.answer)}</Tag>,
          one.recipient ? agency(one.recipient) : t('recipient.all'), one.answer === 'given' ? dataWords(one.data) : '–',
          one.answer !== 'given' ? '–' : one.until ? <Time at={one.until} /> : t('until.end'),
        ],
      }))} />
  );
}

function Withdrawals({ opened, by }: PartProps) {
  const t = useText('casework');
  const { found, asOf } = opened;
  return (
    <Listed name="withdrawals" columns={[t('column.purpose'), t('column.withdrawn'), t('column.waiting'), t('column.due')]}
      rows={found.withdrawals.map((one) => ({
        key: one.withdrawal_id,
        cells: [
          withdrawnWords(one), <Time at={one.since} />,
          <>{one.waiting.length === 0 ? t('withdrawal.all') : agencyNames(one.waiting)}<Answers opened={opened} waits={one.waiting.includes(by.agency)}
            commands={['acknowledge-withdrawal']} about={{ withdrawal_id: one.withdrawal_id }} /></>,
          <Deadline at={one.due_at} waiting={one.waiting.length > 0} asOf={asOf} />,
        ],
      }))} />
  );
}

function Services({ opened, by }: PartProps) {
  const t = useText('casework');
  const { found, asOf } = opened;
  return (
    <Listed name="services" none={t('services.none')} columns={[t('column.service'), t('column.provider'), t('column.status'), t('column.begun'), t('column.due')]}
      rows={found.services.map((one) => ({
        key: one.service_id,
        cells: [
          <>{one.service === null ? t('sealed') : nameIn('services', one.service)}{one.urgent && <> <Tag colour="red">{t('urgent.yes')}</Tag></>}</>,
          agency(one.provider),
          <>
            {word('service_status', one.status)}
            <Answers opened={opened} waits={one.status === 'requested' && one.provider === by.agency} commands={['accept-service', 'decline-service']} about={{ service_id: one.service_id }} />
            <Answers opened={opened} waits={one.status === 'accepted' && one.provider === by.agency} commands={['deliver-service']} about={{ service_id: one.service_id }} />
          </>,
          <Time at={one.since} />, <Deadline at={one.due_at} waiting={one.status === 'requested'} asOf={asOf} />,
        ],
      }))} />
  );
}

// Where the person is, is shown to those to whom the service tells it, and to nobody else.
function Shelter({ opened: { found } }: PartProps) {
  const t = useText('casework');
  const placed = found.shelter;
  if (placed === null && !found.return) return null;
  return (
    <section aria-labelledby="shelter">
      <h2 class="govuk-heading-m" id="shelter">{t('part.shelter')}</h2>
      <SummaryList facts={[
        { term: t('column.provider'), value: placed?.provider ? agency(placed.provider) : null },
        { term: t('column.begun'), value: placed && <Time at={placed.since} as="full" /> },
        { term: t('shelter.location'), value: placed && (placed.location ?? t('shelter.withheld')) },
        { term: t('case.return'), value: found.return ? word('return', found.return) : null },
      ]} />
    </section>
  );
}

function Claims({ opened: { found } }: PartProps) {
  const t = useText('casework');
  return (
    <Listed name="claims" columns={[t('column.claim'), t('column.step'), t('column.begun')]}
      rows={found.claims.map((one) => ({ key: one.claim_id, cells: [nameIn('claim-kinds', one.kind), word('claim_step', one.step), <Time at={one.since} />] }))} />
  );
}
