// One release before it is published: its figures as everybody would read them, and the decision, which another person than the one who
// built it takes.

import { useState } from 'preact/hooks';

import { client, ok, Problem, type Schemas } from '../../lib/api.ts';
import { dateTime } from '../../lib/dates.ts';
import { useLoaded } from '../../lib/loaded.ts';
import { leaveNotice } from '../../lib/notice.ts';
import { go, href, type PageProps } from '../../lib/route.ts';
import { Actions, Button, type Fault, Link, NotFound, Page, reasonOf, SummaryList, Trouble, Warning } from '../../parts/index.ts';
import { WithheldPattern } from '../charts/Withheld.tsx';
import { Figures } from '../figures.tsx';
import { Headlines } from '../headlines.tsx';
import { pageHref, useWords } from '../parts.tsx';
import type { Words } from '../words.ts';

const list = '/statistics/proposals';

export default function ProposalPage({ params }: PageProps) {
  const words = useWords();
  const loaded = useLoaded(read);
  const [faults, setFaults] = useState<Fault[]>([]);
  if (loaded.data === null) return loaded.error === null ? <div class="waiting" aria-busy="true" /> : <Trouble error={loaded.error} again={() => void loaded.again()} />;
  const proposal = loaded.data.proposals.find(({ id }) => id === params.id);
  if (!proposal) return <NotFound />;
  const period = words.period(proposal.id);

  async function decide(act: (proposal: Schemas['ReleaseProposal']) => Promise<string>, said: string): Promise<void> {
    if (!proposal) return;
    try {
      const then = await act(proposal);
      leaveNotice(() => said);
      go(then, { replace: true });
    } catch (error) {
      if (error instanceof Problem && error.kind === 'step-up-required') return go(href('/account/again', { then: location.pathname }));
      setFaults([{ name: 'decision', message: refusal(words, error) }]);
    }
  }

  return (
    <Page title={words.t('proposals.publish', { period })} back={{ href: list, text: words.t('title.proposals') }} faults={faults} wide>
      <div class="statistics">
        <WithheldPattern />
        <Facts words={words} proposal={proposal} />
        <Headlines words={words} release={proposal.release} releases={[...loaded.data.releases, proposal.release]} linked={false} />
        <h2 class="govuk-heading-l">{words.t('proposals.all')}</h2>
        <Figures words={words} release={proposal.release} ids={proposal.release.tables.map(({ id }) => id)} />
        <Warning>{words.t('proposals.warning')}</Warning>
        <div id="decision" tabIndex={-1}>
          <Actions>
            <Button onClick={() => void decide(publish, words.t('proposals.published', { period }))}>{words.t('proposals.publish', { period })}</Button>
            <Button look="secondary" onClick={() => void decide(refuse, words.t('proposals.refused', { period }))}>{words.t('proposals.refuse')}</Button>
            <Link href={pageHref('overview')}>{words.t('title.overview')}</Link>
          </Actions>
        </div>
      </div>
    </Page>
  );
}

async function read(): Promise<{ proposals: Schemas['ReleaseProposal'][]; releases: Schemas['Release'][] }> {
  const [proposals, releases] = await Promise.all([ok(client.GET('/api/v1/statistics/proposals')), ok(client.GET('/api/v1/statistics/releases'))]);
  return { proposals: proposals.items, releases: releases.items };
}

async function publish({ id, digest }: Schemas['ReleaseProposal']): Promise<string> {
  await ok(client.POST('/api/v1/statistics/proposals/{id}/publish', { params: { path: { id } }, body: { digest } }));
  return pageHref('overview', { period: id });
}

async function refuse({ id }: Schemas['ReleaseProposal']): Promise<string> {
  await ok(client.POST('/api/v1/statistics/proposals/{id}/refuse', { params: { path: { id } } }));
  return list;
}

function Facts({ words, proposal }: { words: Words; proposal: Schemas['ReleaseProposal'] }) {
  const { release } = proposal;
  const cells = release.tables.flatMap((table) => table.cells);
  const published = cells.filter(({ count }) => count !== null).length;
  return (
    <SummaryList
      facts={[
        { term: words.t('proposals.built'), value: dateTime(proposal.built_at) },
        { term: words.t('proposals.kept'), value: words.t('downloads.kept', { published: words.number(published), all: words.number(cells.length) }) },
        { term: words.t('about.k'), value: words.number(release.k) },
        { term: words.t('proposals.digest'), value: <code class="digest">{proposal.digest}</code> },
      ]}
    />
  );
}

function refusal(words: Words, error: unknown): string {
  const rule = error instanceof Problem ? error.rule : null;
  const said = rule === null ? null : words.word('proposals.rule', rule);
  return said === null || said === rule ? reasonOf(error) : said;
}
