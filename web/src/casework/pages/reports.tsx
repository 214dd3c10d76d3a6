// What somebody opened in a period, for finding out how far a breach reaches. The report is on record as well.

import { useState } from 'preact/hooks';

import { Problem } from '../../lib/api.ts';
import { momentFrom, partsOfMoment } from '../../lib/dates.ts';
import { number, useText } from '../../lib/i18n.ts';
import { agency, optionsOf } from '../../lib/names.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { Button, type Fault, faultOf, Form, Input, Inset, Link, MomentParts, Page, Radios, Select, Table, Time } from '../../parts/index.ts';
import { startCounting } from '../counts.ts';
import { asProblem } from '../loading.ts';
import type { AccessReportRow } from '../model.ts';
import { AuditTabs } from '../parts/audittabs.tsx';
import { reasonOf, Refusal } from '../parts/refusal.tsx';
import { asked, OutcomeTag, Who } from '../parts/who.tsx';
import { words } from '../parts/words.ts';
import { readReport } from '../report.ts';

import '../casework.scss';

const kinds = ['account', 'device', 'session', 'agency'] as const;
const shownLines = 200; // the file has all

const blank = { day: '', month: '', year: '', time: '' };
const dayBack = 24 * 60 * 60 * 1000;

interface Written {
  kind: string;
  value: string;
  from: typeof blank;
  until: typeof blank;
}

interface Report {
  query: Record<string, string | null>;
  rows: AccessReportRow[];
}

export default function ReportsPage({ query }: PageProps) {
  const t = useText('casework');
  startCounting();
  const [written, write] = useState<Written>({
    kind: query.get('kind') ?? 'account', value: query.get('value') ?? '', from: partsOfMoment(new Date(Date.now() - dayBack).toISOString()), until: blank,
  });
  const [faults, setFaults] = useState<Fault[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [report, setReport] = useState<Report | null>(null);

  async function submit(): Promise<void> {
    const { wrong, asking } = read(written, t);
    setFaults(wrong);
    setReport(null);
    setProblem(null);
    if (wrong.length > 0) return;
    try {
      setReport({ query: asking, rows: await readReport(href('/api/v1/access-report', asking)) });
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      setFaults([{ message: reasonOf(refused) }]);
    }
  }

  return (
    <Page title={t('report.heading')} wide faults={faults}>
      <Refusal problem={problem} />
      <AuditTabs current="reports" />
      <p class="govuk-body">{t('report.about')}</p>
      <p class="govuk-hint">{t('report.stepUp')}</p>
      <Form onSubmit={() => void submit()} label={t('report.heading')}><Questions written={written} write={write} faults={faults} /></Form>
      {report !== null && <Found report={report} />}
    </Page>
  );
}

function read({ kind, value, from, until }: Written, t: ReturnType<typeof useText<'casework'>>): { wrong: Fault[]; asking: Record<string, string | null> } {
  const [begins, ends] = [momentFrom(from), momentFrom(until)];
  const empty = Object.values(until).every((part) => part.trim() === '');
  return {
    wrong: [
      ...(value.trim() === '' ? [{ name: 'value', message: t('report.missing') }] : []),
      ...(begins === null ? [{ name: 'from', at: 'from-day', message: t('asOf.wrong') }] : []),
      ...(ends === null && !empty ? [{ name: 'until', at: 'until-day', message: t('asOf.wrong') }] : []),
    ],
    asking: { [kind]: value.trim(), from: begins, until: ends },
  };
}

function Questions({ written, write, faults }: { written: Written; write: (written: Written) => void; faults: Fault[] }) {
  const t = useText('casework');
  const set = (more: Partial<Written>) => write({ ...written, ...more });
  return (
    <>
      <Radios name="kind" label={t('report.kind')} value={written.kind} onChange={(kind) => set({ kind, value: '' })}
        options={kinds.map((value) => ({ value, label: t(`report.kind.${value}`) }))} />
      {written.kind === 'agency'
        ? <Select name="value" label={t('report.value')} error={faultOf(faults, 'value')} value={written.value} onChange={(value) => set({ value })} options={optionsOf('agencies', { sorted: true })} />
        : <Input name="value" label={t('report.value')} error={faultOf(faults, 'value')} value={written.value} onInput={(value) => set({ value })} plain />}
      <MomentParts name="from" label={t('report.from')} hint={t('asOf.hint')} error={faultOf(faults, 'from')} value={written.from} onInput={(from) => set({ from })} />
      <MomentParts name="until" label={t('report.until')} hint={t('asOf.hint')} error={faultOf(faults, 'until')} value={written.until} onInput={(until) => set({ until })} />
      <Button>{t('report.submit')}</Button>
    </>
  );
}

function Found({ report: { query, rows } }: { report: Report }) {
  const t = useText('casework');
  return (
    <section aria-labelledby="found">
      <h2 class="govuk-heading-m" id="found">{t('report.found')}</h2>
      <p class="govuk-body" role="status">
        {t('report.count', { count: number(rows.length), shown: number(Math.min(rows.length, shownLines)) })}{' '}
        <a class="govuk-link" href={href('/api/v1/access-report.csv', query)} download>{t('report.file')}</a>
      </p>
      {rows.length === 0 ? <Inset>{t('report.none')}</Inset> : (
        <Table caption={t('report.found')} captionHidden
          columns={[t('column.when'), t('column.who'), t('column.agency'), t('column.case'), t('column.action'), t('column.classes'), t('column.outcome')]}
          rows={rows.slice(0, shownLines).map((one) => ({
            key: one.entry_id,
            cells: [
              <Time at={one.at} as="full" />, <Who of={one} />, agency(one.agency),
              one.case_id ? <Link href={`/cases/${one.case_id}/access-log`}><code class="code">{one.case_id}</code></Link> : t('report.rows', { count: number(one.count) }),
              asked(one.action), words('class', one.classes), <OutcomeTag outcome={one.outcome} />,
            ],
          }))} />
      )}
    </section>
  );
}
