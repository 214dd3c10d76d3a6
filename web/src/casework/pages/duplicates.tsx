// The cases that may be of the same person, with what speaks for it and against it, and the links that people have made.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import { agency, nameIn } from '../../lib/names.ts';
import type { PageProps } from '../../lib/route.ts';
import { ButtonLink, Inset, Link, SummaryList, Table, Tag, TextButton } from '../../parts/index.ts';
import { CaseFrame } from '../case/frame.tsx';
import type { Opened } from '../case/store.ts';
import { useGiving } from '../giving.ts';
import { caseHref, compareHref, doHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { Duplicate } from '../model.ts';
import { Loading } from '../parts/loading.tsx';
import { refusalOf } from '../parts/refusal.tsx';
import { commandLabel, evidenceWords, word } from '../parts/words.ts';
import { compares, reader } from '../reader.ts';

export default function DuplicatesPage({ params: { id = '' }, query }: PageProps) {
  const giving = useGiving();
  return (
    <CaseFrame id={id} query={query} part="duplicates" faults={refusalOf(giving.problem)}>
      {(opened, refresh) => (
        <>
          {opened.asOf === null && compares(reader()) && <Proposals opened={opened} />}
          <Links opened={opened} undo={async (link) => {
            if (await giving.give(opened.id, 'undo-link', { link_id: link }) !== null) await refresh();
          }} />
        </>
      )}
    </CaseFrame>
  );
}

function Proposals({ opened: { id } }: { opened: Opened }) {
  const t = useText('casework');
  const { loaded } = useLoading(id, useCallback((signal: AbortSignal) =>
    ok(client.GET('/api/v1/cases/{id}/duplicates', { params: { path: { id } }, signal })), [id]));
  if (loaded.state === 'failed') return <Inset>{t('duplicates.notYours')}</Inset>;
  if (loaded.state === 'loading') return <Loading />;
  const { items } = loaded.value;
  return (
    <section aria-labelledby="proposals">
      <h2 class="govuk-heading-m" id="proposals">{t('part.duplicates')}</h2>
      <p class="govuk-hint">{t('duplicates.explained')}</p>
      {items.length === 0 && <Inset>{t('duplicates.none')}</Inset>}
      {items.map((one) => <Proposal key={one.case_id} id={id} proposal={one} />)}
    </section>
  );
}

const likely = 60; // of 100

function Proposal({ id, proposal }: { id: string; proposal: Duplicate }) {
  const t = useText('casework');
  const { case_id: other, case_reference: reference, score, evidence, state } = proposal;
  return (
    <article class="card">
      <h3 class="govuk-heading-s">
        {t('case.title', { reference })}{' '}
        {state === 'proposed' ? <Tag colour={score >= likely ? 'orange' : 'grey'}>{t(score >= likely ? 'duplicates.likely' : 'duplicates.possible')}</Tag>
          : <Tag colour="green">{word('duplicate_state', state)}</Tag>}
      </h3>
      <SummaryList plain facts={[
        { term: t('column.agency'), value: agency(proposal.agency) },
        { term: t('evidence.score'), value: number(score) },
        { term: t('evidence.agree'), value: evidenceWords(evidence.agree) },
        { term: t('evidence.differ'), value: evidenceWords(evidence.differ) },
      ]} />
      {state === 'proposed'
        ? <ButtonLink look="secondary" href={compareHref(id, other)}>{t('duplicates.compare')}</ButtonLink>
        : <Link href={compareHref(id, other)}>{t('duplicates.compare')}</Link>}
    </article>
  );
}

function Links({ opened: { found, asOf }, undo }: { opened: Opened; undo: (link: string) => Promise<void> }) {
  const t = useText('casework');
  const may = asOf === null && found.possible.includes('undo-link');
  return (
    <section aria-labelledby="links">
      <h2 class="govuk-heading-m" id="links">{t('part.links')}</h2>
      {found.links.length === 0 ? <Inset>{t('links.none')}</Inset> : (
        <Table caption={t('part.links')} captionHidden columns={[t('column.kind'), t('column.case'), t('column.undo')]}
          rows={found.links.map((one) => ({
            key: one.link_id,
            cells: [
              nameIn('link-kinds', one.kind), <Link href={caseHref(one.other)}>{t('links.open')}</Link>,
              one.made_here && may ? <TextButton onClick={() => void undo(one.link_id)} about={nameIn('link-kinds', one.kind)}>{commandLabel('undo-link')}</TextButton>
                : t(one.made_here ? 'links.here' : 'links.there'),
            ],
          }))} />
      )}
      {asOf === null && found.possible.includes('link') && <p class="govuk-body"><Link href={doHref(found.case_id, 'link')}>{commandLabel('link')}</Link></p>}
    </section>
  );
}
