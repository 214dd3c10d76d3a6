// The queue of one stage: the next case to take, filters that the address keeps, filters that are saved, and the cases page by page.

import { useCallback, useRef, useState } from 'preact/hooks';

import { client, ok, type Problem, wrote } from '../../lib/api.ts';
import { useText } from '../../lib/i18n.ts';
import { agency, province } from '../../lib/names.ts';
import { adjust, go, href, type PageProps } from '../../lib/route.ts';
import { Button, Inset, NotFound, Notice, Page, Pagination, Table, Tag, TextButton, Time, Trouble } from '../../parts/index.ts';
import { rememberList } from '../case/lastlist.ts';
import { stageCounts, startCounting } from '../counts.ts';
import { type QueueFilter, queueFilter, queueQuery, same, takeQuery } from '../filters.ts';
import { useGiving } from '../giving.ts';
import { caseHref, stageHref } from '../links.ts';
import { asProblem, useLoading } from '../loading.ts';
import { isStage, type Reader, type Stage, type StageCase } from '../model.ts';
import { AsOf, Past } from '../parts/asof.tsx';
import { Deadline } from '../parts/deadline.tsx';
import { leaveNotice } from '../../lib/notice.ts';
import { QueueFilters } from '../parts/queuefilters.tsx';
import { Quick } from '../parts/quick.tsx';
import { reasonOf, Refusal } from '../parts/refusal.tsx';
import { onArrows, useKeptPlace } from '../parts/rows.ts';
import { SavedFilters } from '../parts/savedfilters.tsx';
import { Shown } from '../parts/shown.tsx';
import { holder, word } from '../parts/words.ts';
import { reader, takes } from '../reader.ts';

import '../casework.scss';

export default function QueuePage({ params: { stage = '' }, query }: PageProps) {
  return isStage(stage) ? <Queue stage={stage} query={query} /> : <NotFound />;
}

function Queue({ stage, query }: { stage: Stage; query: URLSearchParams }) {
  const t = useText('casework');
  startCounting();
  rememberList();
  const filter = queueFilter(query);
  const [asOf, after] = [query.get('as_of'), query.get('after')];
  const taking = useTaking(stage, filter);
  const giving = useGiving();
  const [claimed, setClaimed] = useState<(() => string) | null>(null);
  const { loaded, reload } = useLoading(`${stage} ${query}`, useCallback((signal: AbortSignal) =>
    load(stage, filter, asOf, after, signal), [stage, query.toString()]), asOf === null);

  async function claim(row: StageCase): Promise<void> {
    setClaimed(null);
    const receipt = await giving.give(row.case_id, 'assign', { assignee: 'me' }, row.position);
    if (receipt !== null) setClaimed(() => () => t('claim.done', { reference: row.case_reference }));
    await reload();
  }

  return (
    <Page title={word('stage', stage)} wide faults={faultsOf(taking.problem ?? giving.problem, t)}>
      <Refusal problem={giving.problem} />
      {claimed !== null && <Notice>{claimed()}</Notice>}
      {asOf === null ? (
        <div class="queue-bar">
          <Lists stage={stage} filter={filter} />
          {takes(reader()) && <Button onClick={() => void taking.take()} disabled={taking.busy}>{t('take.submit')}</Button>}
        </div>
      ) : <Past asOf={asOf} present={stageHref(stage, { ...filter })} />}
      <QueueFilters filter={filter} count={countOf(stage)} choose={(next) => adjust(href(`/stages/${stage}`, { ...next, as_of: asOf }))}
        clear={(next) => go(href(`/stages/${stage}`, { ...next, as_of: asOf }), { replace: true })} />
      <Shown loaded={loaded} />
      {loaded.state === 'failed' && <Trouble error={loaded.problem} again={() => void reload()} />}
      {loaded.state === 'ready' && <Cases stage={stage} filter={filter} rows={loaded.value.items} asOf={asOf} claim={claim} />}
      {loaded.state === 'ready' && (
        <Pagination first={after !== null ? href(`/stages/${stage}`, { ...filter, as_of: asOf }) : null}
          next={loaded.value.next && href(`/stages/${stage}`, { ...filter, as_of: asOf, after: loaded.value.next })} />
      )}
      <SavedFilters stage={stage} filter={filter} />
      <AsOf asOf={asOf} choose={(moment) => go(href(`/stages/${stage}`, { ...filter, as_of: moment }))} />
    </Page>
  );
}

function load(stage: Stage, filter: QueueFilter, asOf: string | null, after: string | null, signal: AbortSignal) {
  const query = { limit: 50, ...queueQuery(filter), ...(asOf !== null && { as_of: asOf }), ...(after !== null && { after }) };
  return ok(client.GET('/api/v1/stages/{stage}/cases', { params: { path: { stage }, query: query as never }, signal }));
}

// Taking the next case, so that nobody picks: the service gives the first of the queue that nobody has.
function useTaking(stage: Stage, filter: QueueFilter) {
  const t = useText('casework');
  const key = useRef(crypto.randomUUID());
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  async function take(): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      const receipt = await ok(client.POST('/api/v1/stages/{stage}/take', {
        params: { path: { stage }, query: takeQuery(filter) as never, header: { 'Idempotency-Key': key.current } },
      }));
      wrote(receipt.position);
      leaveNotice(() => t('take.done', { reference: receipt.case_reference }));
      go(caseHref(receipt.case_id));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }

  return { take, problem, busy };
}

function faultsOf(problem: Problem | null, t: ReturnType<typeof useText<'casework'>>) {
  if (problem === null) return [];
  return [{ message: problem.kind === 'case-has-moved' ? t('claim.moved') : reasonOf(problem) }];
}

// A stage's count, or that of one without cases.
function countOf(stage: Stage) {
  return stageCounts.value?.find((one) => one.stage === stage) ?? { open: 0, unassigned: 0, overdue: 0, overdue_more: false, by_status: {} };
}

function Lists({ stage, filter }: { stage: Stage; filter: QueueFilter }) {
  const t = useText('casework');
  const count = countOf(stage);
  const list = (key: 'open' | 'overdue' | 'unassigned' | 'mine', query: Record<string, string>, more = {}) => ({
    key, href: stageHref(stage, query), text: t(`list.${key}`), current: same(queueFilter(new URLSearchParams(query)), filter), ...more,
  });
  return (
    <Quick label={t('list.filters')} links={[
      list('open', {}, { count: count.open }),
      list('overdue', { due: 'overdue' }, { count: count.overdue, more: count.overdue_more, urgent: true }),
      list('unassigned', { assignee: 'none' }, { count: count.unassigned }),
      list('mine', { assignee: 'me' }),
    ]} />
  );
}

interface CasesProps {
  stage: Stage;
  filter: QueueFilter;
  rows: readonly StageCase[];
  asOf: string | null;
  claim: (row: StageCase) => Promise<void>;
}

function Cases({ stage, filter, rows, asOf, claim }: CasesProps) {
  const t = useText('casework');
  const place = useKeptPlace();
  if (rows.length === 0) return <Inset>{t('list.empty')}</Inset>;
  const columns = ['reference', 'status', 'tasks', 'due', 'assignee', 'agency', 'since'] as const;
  return (
    <div class="rows" onKeyDown={onArrows} {...place}>
      <p class="govuk-hint rows__keys">{t('queue.keys')}</p>
      <Table caption={captionOf(stage, filter, t)} columns={columns.map((name) => t(`column.${name}`))}
        rows={rows.map((row) => ({ key: row.case_id, cells: cellsOf(row, { asOf, claim, by: reader() }, t) }))} />
    </div>
  );
}

function captionOf(stage: Stage, { status }: QueueFilter, t: ReturnType<typeof useText<'casework'>>): string {
  const which = status === '' ? t('list.open') : status === 'all' ? t('list.all') : word('status', status);
  return `${word('stage', stage)}: ${which}`;
}

function cellsOf(row: StageCase, { asOf, claim, by }: { asOf: string | null; claim: CasesProps['claim']; by: Reader }, t: ReturnType<typeof useText<'casework'>>) {
  const mayClaim = asOf === null && !row.assignee && row.open && row.agency === by.agency && takes(by);
  return [
    <>
      <a class="govuk-link reference" href={caseHref(row.case_id, 'summary', { as_of: asOf })}>{row.case_reference}</a>
      {row.urgent && <span class="cell-note"><Tag colour="red">{t('urgent.yes')}</Tag></span>}
    </>,
    word('status', row.status),
    row.tasks.length === 0 ? t('tasks.none') : <ul class="cell-list">{row.tasks.map((kind) => <li key={kind}>{word('task', kind)}</li>)}</ul>,
    <Deadline at={row.due_at} waiting={row.open} asOf={asOf} rung={row.rung} />,
    <>{holder(row.assignee, by)}{mayClaim && <span class="cell-note"><TextButton onClick={() => void claim(row)} about={row.case_reference}>{t('claim.submit')}</TextButton></span>}</>,
    <>{agency(row.agency)}<span class="cell-note">{province(row.province)}</span></>,
    <Time at={row.since} />,
  ];
}
