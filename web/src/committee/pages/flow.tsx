// The flow: how far people came, what was decided, what became of referrals and services, and how the agencies screen.

import type { PageProps } from '../../lib/route.ts';
import { Bars } from '../charts/Bars.tsx';
import { bar, Figures, mostOf, StackFigure } from '../figures.tsx';
import { ShownFigure, Unpublished } from '../parts.tsx';
import { type Release, tableOf } from '../release.ts';
import { Released } from '../released.tsx';
import { ServicesFigure } from '../services.tsx';
import { reached, shownSteps, stepFinding } from '../steps.ts';
import type { Words } from '../words.ts';

export default function Flow({ query }: PageProps) {
  return (
    <Released page="flow" query={query}>
      {({ words, release }) => (
        <>
          <h2 class="govuk-heading-l">{words.t('flow.steps')}</h2>
          <Steps words={words} release={release} />
          <h2 class="govuk-heading-l">{words.t('flow.decisions')}</h2>
          <Figures words={words} release={release} ids={['conclusions', 'outcomes', 'grounds']} />
          <h2 class="govuk-heading-l">{words.t('flow.referrals')}</h2>
          <Figures words={words} release={release} ids={['referrals', 'batches']} />
          <h2 class="govuk-heading-l">{words.t('flow.services')}</h2>
          <ServicesFigure words={words} release={release} />
          <h2 class="govuk-heading-l">{words.t('flow.languages')}</h2>
          <Figures words={words} release={release} ids={['languages', 'interpreters']} />
          <h2 class="govuk-heading-l">{words.t('flow.refusals')}</h2>
          <Figures words={words} release={release} ids={['refusals', 'reviews']} />
          <h2 class="govuk-heading-l">{words.t('flow.agencies')}</h2>
          <Agencies words={words} release={release} />
        </>
      )}
    </Released>
  );
}

interface Props {
  words: Words;
  release: Release;
}

function Steps({ words, release }: Props) {
  const funnel = tableOf(release, 'funnel');
  if (!funnel) return <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished>;
  const steps = reached(release, funnel);
  const whole = steps[0]?.count ?? null;
  return (
    <ShownFigure
      words={words} release={release} name="funnel" finding={stepFinding(words, release, funnel)} shown={shownSteps(words, release, funnel)}
      note={words.t('flow.note')}
    >
      <Bars bars={steps.map(({ category, count }) => bar(words, 'step', category, count, whole))} most={mostOf(steps.map(({ count }) => count))} />
    </ShownFigure>
  );
}

const agencyTables = [['agencies.result', 'result'], ['agencies.gaps', 'gaps'], ['agencies.disputed', 'disputed']] as const;

function Agencies({ words, release }: Props) {
  const published = agencyTables.flatMap(([id, columns]) => {
    const table = tableOf(release, id);
    return table ? [{ table, columns }] : [];
  });
  if (published.length === 0) return <Figures words={words} release={release} ids={['agencies']} />;
  return (
    <>
      <Figures words={words} release={release} ids={['agencies']} />
      {published.map(({ table, columns }) => (
        <StackFigure key={table.id} words={words} release={release} table={table} rows="agency" columns={columns} note={words.t('agencies.note')} />
      ))}
    </>
  );
}
