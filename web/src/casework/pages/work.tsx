// What lies before the reader and their agency: the counts that are links, then the list with what is due first.

import { useCallback, useState } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { now } from '../../lib/clock.ts';
import { texts, useText } from '../../lib/i18n.ts';
import { agency, optionsOf, province } from '../../lib/names.ts';
import { adjust, go, href, type PageProps } from '../../lib/route.ts';
import { Inset, Link, Notice, Page, Pagination, Select, Table, Tag, TextButton, Time, Trouble } from '../../parts/index.ts';
import { rememberList } from '../case/lastlist.ts';
import { countAnew, inboxCounts, startCounting } from '../counts.ts';
import { restOfDay } from '../deadline.ts';
import { boxes, type Box, holdsTasks, newKinds, type Whose, type WorkFilter, workAddress, workFilter, workQuery } from '../filters.ts';
import { useGiving } from '../giving.ts';
import { caseHref, doHref, emergencyHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { InboxItem, InboxReferral, Reader } from '../model.ts';
import { AsOf, Past } from '../parts/asof.tsx';
import { Deadline } from '../parts/deadline.tsx';
import { Find } from '../parts/find.tsx';
import { Quick } from '../parts/quick.tsx';
import { refusalOf, Refusal } from '../parts/refusal.tsx';
import { onArrows, useKeptPlace } from '../parts/rows.ts';
import { Shown } from '../parts/shown.tsx';
import { commandLabel, holder, reasonText, word } from '../parts/words.ts';
import { compares, reader } from '../reader.ts';
import { type Answer, answerTo } from '../work.ts';

import '../casework.scss';

type Item = InboxItem | InboxReferral;

// Case managers have tasks of their own; everywhere else a task is the agency's.
function usual({ role }: Reader): Whose {
  return role === 'casemanager' ? 'me' : 'all';
}

export default function WorkPage({ query }: PageProps) {
  const t = useText('casework');
  startCounting();
  rememberList();
  const by = reader();
  const filter = workFilter(query, usual(by));
  const [asOf, after] = [query.get('as_of'), query.get('after')];
  const giving = useGiving();
  const [done, setDone] = useState<(() => string) | null>(null);
  const { loaded, reload } = useLoading(query.toString(), useCallback((signal: AbortSignal) => load(filter, asOf, after, signal), [query.toString()]), asOf === null);

  async function answer({ yes, id }: Answer, item: Item): Promise<void> {
    setDone(null);
    const receipt = await giving.give(item.case_id, yes, { [id]: thingOf(item) } as never);
    if (receipt === null) return;
    setDone(() => () => t('inbox.done', { command: commandLabel(yes), reference: item.case_reference }));
    await Promise.all([reload(), countAnew()]);
  }

  return (
    <Page title={t('work.heading')} wide faults={refusalOf(giving.problem)}>
      <Refusal problem={giving.problem} />
      {done !== null && <Notice>{done()}</Notice>}
      {asOf === null ? <Figures by={by} filter={filter} /> : <Past asOf={asOf} present={addressOf(filter, by)} />}
      <div class="work-tools"><Find /><Beside by={by} /></div>
      <Boxes filter={filter} by={by} />
      <Narrow filter={filter} by={by} asOf={asOf} />
      <Shown loaded={loaded} />
      {loaded.state === 'failed' && <Trouble error={loaded.problem} again={() => void reload()} />}
      {loaded.state === 'ready' && <List items={loaded.value.items} filter={filter} by={by} asOf={asOf} answer={answer} />}
      {loaded.state === 'ready' && (
        <Pagination first={after !== null ? addressOf(filter, by, { as_of: asOf }) : null}
          next={loaded.value.next && addressOf(filter, by, { as_of: asOf, after: loaded.value.next })} />
      )}
      <AsOf asOf={asOf} choose={(moment) => go(addressOf(filter, by, { as_of: moment }))} />
    </Page>
  );
}

function load(filter: WorkFilter, asOf: string | null, after: string | null, signal: AbortSignal) {
  const query = { ...workQuery(filter, restOfDay(now())), ...(asOf !== null && { as_of: asOf }), ...(after !== null && { after }) };
  return ok(client.GET('/api/v1/inbox', { params: { query: query as never }, signal }));
}

function addressOf(filter: WorkFilter, by: Reader, more: Record<string, string | null> = {}): string {
  return href('/work', { ...workAddress(filter, usual(by)), ...more });
}

// The id of what an item of either sort is about.
function thingOf(item: Item): string {
  return 'referral_id' in item ? item.referral_id : item.ref ?? '';
}

function Figures({ by, filter }: { by: Reader; filter: WorkFilter }) {
  const t = useText('casework');
  const counts = inboxCounts.value;
  const plain: WorkFilter = { box: 'tasks', whose: usual(by), due: '', kind: '', urgent: '', province: '' };
  const all = { ...plain, whose: 'all' as const };
  const fresh = counts === null ? null : newKinds.reduce((sum, kind) => sum + (counts.agency.kinds[kind]?.items ?? 0), 0);
  const asked = counts === null ? null : Object.values(counts.boxes.outgoing ?? {}).reduce((sum, n) => sum + n, 0);
  const yours = (n: number | undefined) => (n === undefined || usual(by) === 'all' ? null : t('work.yours', { n }));
  const current = (other: WorkFilter) => addressOf(other, by) === addressOf(filter, by);
  const figure = (key: 'overdue' | 'today' | 'new' | 'others', other: WorkFilter, count: number | null | undefined, note: string | null = null) =>
    ({ key, href: addressOf(other, by), text: t(`work.${key}`), count: count ?? null, note, current: current(other), urgent: key === 'overdue' });
  return (
    <Quick look="figures" label={t('work.counts')} links={[
      figure('overdue', { ...all, due: 'overdue' }, counts?.agency.overdue, yours(counts?.me.overdue)),
      figure('today', { ...all, due: 'today' }, counts?.agency.today, yours(counts?.me.today)),
      figure('new', { ...all, kind: 'new' }, fresh),
      figure('others', { ...all, box: 'outgoing' }, asked),
    ]} />
  );
}

// Ways to what is not a list of tasks.
function Beside({ by }: { by: Reader }) {
  const t = useText('casework');
  return (
    <ul class="govuk-list beside">
      {compares(by) && <li><Link href="/duplicates">{t('pairs.heading')}</Link></li>}
      {by.role === 'casemanager' && <li><Link href="/held">{texts('common')('navigation.held')}</Link></li>}
      <li><Link href={emergencyHref()}>{t('emergency.heading')}</Link></li>
    </ul>
  );
}

function countOf(box: Box): number | null {
  const counts = inboxCounts.value;
  if (counts === null) return null;
  if (box === 'tasks') return counts.agency.items;
  if (box === 'own' || box === 'escalated') return counts.agency.boxes[box]?.items ?? 0;
  return Object.values(counts.boxes[box] ?? {}).reduce((sum, n) => sum + n, 0);
}

function Boxes({ filter, by }: { filter: WorkFilter; by: Reader }) {
  const t = useText('casework');
  return (
    <Quick label={t('work.boxes')} links={boxes.map((box) => ({
      key: box, href: addressOf({ box, whose: filter.whose, due: '', kind: '', urgent: '', province: '' }, by), text: word('box', box),
      count: countOf(box), current: box === filter.box,
    }))} />
  );
}

function Narrow({ filter, by, asOf }: { filter: WorkFilter; by: Reader; asOf: string | null }) {
  const t = useText('casework');
  const set = (more: Partial<WorkFilter>) => adjust(addressOf({ ...filter, ...more }, by, { as_of: asOf }));
  const tasks = holdsTasks(filter.box);
  const kinds = ['new', ...Object.keys(inboxCounts.value?.agency.kinds ?? {})];
  return (
    <search class="filters" aria-label={t('filter.label')}>
      {tasks && (
        <Quick label={t('work.whose')} links={(['me', 'none', 'all'] as const).map((whose) => ({
          key: whose, href: addressOf({ ...filter, whose }, by, { as_of: asOf }), text: t(`work.whose.${whose}`), current: whose === filter.whose,
          count: whose === 'me' ? inboxCounts.value?.me.items ?? null : whose === 'all' ? inboxCounts.value?.agency.items ?? null : null,
        }))} />
      )}
      <Select name="due" label={t('filter.due')} empty={t('filter.any')} value={filter.due} onChange={(due) => set({ due })}
        options={(tasks ? ['overdue', 'today'] as const : ['overdue'] as const).map((value) => ({ value, label: t(`filter.due.${value}`) }))} />
      {tasks && (
        <Select name="kind" label={t('filter.kind')} empty={t('filter.any')} value={filter.kind} onChange={(kind) => set({ kind })}
          options={kinds.map((value) => ({ value, label: value === 'new' ? t('filter.kind.new') : word('task', value) }))} />
      )}
      <Select name="urgent" label={t('filter.urgent')} empty={t('filter.any')} value={filter.urgent} onChange={(urgent) => set({ urgent })}
        options={[{ value: 'true', label: t('filter.urgent.true') }]} />
      <Select name="province" label={t('filter.province')} empty={t('filter.any')} value={filter.province} onChange={(chosen) => set({ province: chosen })}
        options={optionsOf('provinces', { sorted: true })} />
    </search>
  );
}

interface ListProps {
  items: readonly Item[];
  filter: WorkFilter;
  by: Reader;
  asOf: string | null;
  answer: (way: Answer, item: Item) => Promise<void>;
}

function List({ items, filter, by, asOf, answer }: ListProps) {
  const t = useText('casework');
  const place = useKeptPlace();
  if (items.length === 0) return <Empty filter={filter} by={by} />;
  const columns = holdsTasks(filter.box) ? taskColumns(by, asOf, answer) : referralColumns(by, asOf, answer);
  return (
    <div class="rows" onKeyDown={onArrows} {...place}>
      <Table caption={word('box', filter.box)} columns={columns.map(([name]) => t(`column.${name}` as 'column.task'))} rows={items.map((item) => ({
        key: `${item.case_id} ${'task_id' in item ? item.task_id : item.referral_id}`, cells: columns.map(([, cell]) => cell(item as never)),
      }))} />
    </div>
  );
}

function Empty({ filter, by }: { filter: WorkFilter; by: Reader }) {
  const t = useText('casework');
  const mine = holdsTasks(filter.box) && filter.whose !== 'all';
  return (
    <Inset>
      {t(mine ? 'work.empty.me' : 'work.empty.all')} {mine && <Link href={addressOf({ ...filter, whose: 'all' }, by)}>{t('work.showAll')}</Link>}
    </Inset>
  );
}

type Columns<T> = [string, (item: T) => preact.ComponentChildren][];
type Answering = ListProps['answer'];

function taskColumns(by: Reader, asOf: string | null, answer: Answering): Columns<InboxItem> {
  return [
    ['reference', (item) => <CaseLink item={item} asOf={asOf} />],
    ['task', (item) => <>{word('task', item.kind)}{item.escalated && <Escalated from={item.responsible} />}</>],
    ['due', (item) => <Deadline at={item.due_at} asOf={asOf} rung={item.rung} />],
    ['stage', (item) => <>{word('stage', item.stage)}<span class="cell-note">{province(item.province)}</span></>],
    ['assignee', (item) => holder(item.assignee, by)],
    ['do', (item) => <AnswerCell item={item} by={by} asOf={asOf} answer={answer} />],
  ];
}

function Escalated({ from }: { from: string }) {
  const t = useText('casework');
  return <span class="cell-note"><Tag colour="red">{t('inbox.escalated')}</Tag> {t('inbox.escalated.from', { agency: agency(from) })}</span>;
}

function referralColumns(by: Reader, asOf: string | null, answer: Answering): Columns<InboxReferral> {
  const t = useText('casework');
  return [
    ['reference', (item) => <CaseLink item={item} asOf={asOf} />],
    ['kind', (item) => <>{word('referral_kind', item.kind)}{item.hand_over && item.kind === 'referral' && <span class="cell-note">{t('referral.handOver')}</span>}</>],
    ['from', (item) => agency(item.from)],
    ['to', (item) => agency(item.to)],
    ['state', (item) => <>{word('referral_status', item.status)}{item.reason && <span class="cell-note">{reasonText(item.reason)}</span>}</>],
    ['sent', (item) => <Time at={item.sent_at} />],
    ['due', (item) => <Deadline at={item.due_at} waiting={item.status === 'pending'} asOf={asOf} />],
    ['do', (item) => <AnswerCell item={item} by={by} asOf={asOf} answer={answer} />],
  ];
}

function CaseLink({ item, asOf }: { item: Item; asOf: string | null }) {
  return (
    <>
      <a class="govuk-link reference" href={caseHref(item.case_id, 'summary', { as_of: asOf })}>{item.case_reference}</a>
      {item.urgent && <span class="cell-note"><Tag colour="red">{texts('casework')('urgent.yes')}</Tag></span>}
    </>
  );
}

function AnswerCell({ item, by, asOf, answer }: { item: Item; by: Reader; asOf: string | null; answer: Answering }) {
  const way = asOf === null ? answerTo(item, by) : null;
  if (way === null) return null;
  return (
    <span class="answers">
      <TextButton onClick={() => void answer(way, item)} about={item.case_reference}>{commandLabel(way.yes)}</TextButton>
      {way.no !== null && <Link href={doHref(item.case_id, way.no, { [way.id]: thingOf(item) })} about={item.case_reference}>{commandLabel(way.no)}</Link>}
    </span>
  );
}
