// Two cases side by side, question by question, for whoever decides whether they are of one person. Nothing is merged: they are linked, or it
// is put on record that they are not of one person.

import { useCallback } from 'preact/hooks';

import { client, ok, Problem } from '../../lib/api.ts';
import { language, number, useText } from '../../lib/i18n.ts';
import { agency, province } from '../../lib/names.ts';
import { go, type PageProps } from '../../lib/route.ts';
import { Actions, Button, Inset, Link, SummaryList, Table, Tag, Time } from '../../parts/index.ts';
import { type Row, sections } from '../answers.ts';
import { CaseFrame } from '../case/frame.tsx';
import type { Opened } from '../case/store.ts';
import { compare, identityOf, type Line, line } from '../compare.ts';
import { form, nameOfCode } from '../form.ts';
import { type Given, useGiving } from '../giving.ts';
import { caseHref } from '../links.ts';
import { type Loaded, useLoading } from '../loading.ts';
import type { Case, Duplicate } from '../model.ts';
import { leaveNotice } from '../../lib/notice.ts';
import { Loading } from '../parts/loading.tsx';
import { refusalOf } from '../parts/refusal.tsx';
import { evidenceWords, word } from '../parts/words.ts';

export default function ComparePage({ params: { id = '', other = '' }, query }: PageProps) {
  const t = useText('casework');
  const giving = useGiving();
  return (
    <CaseFrame id={id} query={query} part="duplicates" title={t('compare.heading')} faults={refusalOf(giving.problem)}>
      {(opened) => <Compared opened={opened} other={other} giving={giving} />}
    </CaseFrame>
  );
}

interface Both {
  other: Case;
  proposal: Duplicate | null;
  left: Map<string, Row>; // what is shown of each question, in words
  right: Map<string, Row>;
}

function Compared({ opened, other, giving }: { opened: Opened; other: string; giving: Given }) {
  const t = useText('casework');
  const { loaded } = useBoth(opened, other);
  if (loaded.state === 'loading') return <Loading />;
  if (loaded.state === 'failed') return <Inset>{t('compare.closed')}</Inset>;
  return (
    <>
      <Evidence proposal={loaded.value.proposal} />
      <Lines found={opened.found} both={loaded.value} />
      <Decision opened={opened} both={loaded.value} giving={giving} />
    </>
  );
}

function useBoth(opened: Opened, other: string): { loaded: Loaded<Both> } {
  const t = useText('casework');
  const { id, found } = opened;
  return useLoading(`${id} ${other} ${language.value}`, useCallback(async (signal: AbortSignal) => {
    const [second, proposals] = await Promise.all([
      ok(client.GET('/api/v1/cases/{id}', { params: { path: { id: other } }, signal })),
      ok(client.GET('/api/v1/cases/{id}/duplicates', { params: { path: { id } }, signal })).catch(absent),
    ]);
    const [left, right] = await Promise.all([found, second].map((one) => shownOf(one, { yes: t('answer.yes'), no: t('answer.no') })));
    return {
      other: second, proposal: proposals?.items.find(({ case_id: one }) => one === other) ?? null, left: left ?? new Map(), right: right ?? new Map(),
    };
  }, [id, other, found]), false);
}

function absent(error: unknown): null {
  if (error instanceof Problem && [403, 404, 410].includes(error.status)) return null;
  throw error;
}

async function shownOf(found: Case, words: { yes: string; no: string }): Promise<Map<string, Row>> {
  const latest = found.screenings.at(-1);
  if (latest === undefined) return new Map();
  const { schema, text } = await form(latest.form_version, language.value);
  const rows = sections(schema, identityOf(found), { text, nameOf: nameOfCode, ...words }).flatMap((section) => section.rows);
  return new Map(rows.map((row) => [row.item, row]));
}

function Evidence({ proposal }: { proposal: Duplicate | null }) {
  const t = useText('casework');
  if (proposal === null) return null;
  return (
    <section aria-labelledby="evidence">
      <h2 class="govuk-heading-m" id="evidence">{t('compare.evidence')}</h2>
      <SummaryList plain facts={[
        { term: t('evidence.score'), value: number(proposal.score) },
        { term: t('evidence.agree'), value: evidenceWords(proposal.evidence.agree) },
        { term: t('evidence.differ'), value: evidenceWords(proposal.evidence.differ) },
      ]} />
    </section>
  );
}

const colours = { same: 'green', different: 'red', unknown: 'grey' } as const;

function Lines({ found, both: { other, left, right } }: { found: Case; both: Both }) {
  const t = useText('casework');
  const about = (name: string, label: string, a: string, b: string) => ({ ...line(name, a, b), label, leftShown: a, rightShown: b });
  const people = compare(found, other).map((one) => ({
    ...one, label: (left.get(one.field) ?? right.get(one.field))?.label ?? one.field, leftShown: inWords(one.left, left.get(one.field)),
    rightShown: inWords(one.right, right.get(one.field)),
  }));
  const lines = [
    ...people,
    about('province', t('column.province'), province(found.province), province(other.province)),
    about('stage', t('column.stage'), word('stage', found.stage), word('stage', other.stage)),
    about('agency', t('column.agency'), agency(found.agency), agency(other.agency)),
  ];
  return (
    <>
      {people.length === 0 && <Inset>{t('compare.nothing')}</Inset>}
      <Table caption={t('compare.heading')} captionHidden
        columns={[t('compare.field'), `${t('compare.this')}: ${found.case_reference}`, `${t('compare.other')}: ${other.case_reference}`, t('compare.verdict')]}
        rows={[...lines.map((one) => ({ key: one.field, cells: [one.label, one.leftShown, one.rightShown, <Verdict of={one} />] })), {
          key: 'opened', cells: [t('summary.opened'), <Time at={found.opened_at} />, <Time at={other.opened_at} />, null],
        }]} />
      <p class="govuk-body"><Link href={caseHref(other.case_id)}>{t('links.open')}</Link></p>
    </>
  );
}

function Verdict({ of: { verdict } }: { of: Line }) {
  return <Tag colour={colours[verdict]}>{word('verdict_of', verdict)}</Tag>;
}

function inWords(raw: string | null, row: Row | undefined): string {
  if (raw === null) return row === undefined ? '–' : word('screening.state', row.state);
  if (row === undefined) return raw;
  return [...row.values, ...row.entries.map((entry) => entry.map(({ label, value }) => `${label}: ${value}`).join(', '))].join('; ');
}

function Decision({ opened: { id, found, asOf }, both: { other, proposal }, giving }: { opened: Opened; both: Both; giving: Given }) {
  const t = useText('casework');
  if (proposal !== null && proposal.state !== 'proposed') return <Inset>{t('compare.past', { state: word('duplicate_state', proposal.state) })}</Inset>;
  if (asOf !== null || !found.possible.includes('link')) return null;

  async function decide(notice: 'compare.linked' | 'compare.refused', give: () => Promise<unknown>): Promise<void> {
    if (await give() === null) return;
    leaveNotice(() => t(notice));
    go(caseHref(id, 'duplicates'));
  }

  return (
    <section aria-labelledby="decide">
      <h2 class="govuk-heading-m" id="decide">{t('compare.decide')}</h2>
      <p class="govuk-body">{t('compare.linkText')}</p>
      <Actions>
        <Button disabled={giving.busy} onClick={() => void decide('compare.linked', () => giving.give(id, 'link', { other: other.case_id, kind: 'same_person' }))}>
          {t('duplicates.link')}
        </Button>
        <Button look="secondary" disabled={giving.busy} onClick={() => void decide('compare.refused', () => giving.give(id, 'refuse-duplicate', { other: other.case_id }))}>
          {t('duplicates.refuse')}
        </Button>
      </Actions>
    </section>
  );
}
