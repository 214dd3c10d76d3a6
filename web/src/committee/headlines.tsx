// Four figures for those who have ten minutes, and what stands out beside them.

import { Link } from '../parts/index.ts';
import { capital, groupFinding, partFinding, trendFinding } from './finding.ts';
import { type PageName, pageHref, Unpublished } from './parts.tsx';
import { inOrder, type Release, share, slices, tableOf, totalOf } from './release.ts';
import { daysFinding, identifiedShare, stepFinding, withinDays } from './steps.ts';
import type { Words } from './words.ts';

const limit = 15; // days that the mechanism gives a team

interface Props {
  words: Words;
  release: Release;
  /** All releases; this one is compared with those of the periods before it. */
  releases: readonly Release[];
  /** Whether the figures behind it can be looked at: a release that is not published yet has no pages. */
  linked?: boolean;
}

interface Headline {
  title: string;
  page: PageName;
  /** Whether the release has the counts at all. */
  published: boolean;
  /** undefined where a count that it needs is withheld. */
  figure: string | undefined;
  sentence: string;
}

/** The four figures. */
export function Headlines({ words, release, releases, linked = true }: Props) {
  const before = inOrder(releases).filter(({ id }) => id <= release.id);
  return (
    <section aria-labelledby="figures">
      <h2 class="govuk-visually-hidden" id="figures">{words.t('overview.figures')}</h2>
      <ul class="headlines">
        {headlines(words, release, before).map(({ title, page, published, figure, sentence }) => (
          <li key={title} class="headline">
            <h3 class="headline__title">{title}</h3>
            {figure === undefined
              ? <Unpublished>{published ? capital(words.t('withheld')) : words.t('unpublished')}</Unpublished>
              : <><p class="headline__figure">{figure}</p><p class="headline__sentence">{sentence}</p></>}
            {linked && <p class="headline__more"><Link href={pageHref(page, { period: release.id })} about={title}>{words.t('overview.more')}</Link></p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function headlines(words: Words, release: Release, before: readonly Release[]): Headline[] {
  const funnel = tableOf(release, 'funnel');
  const time = tableOf(release, 'time_in_stage.identification');
  const disability = tableOf(release, 'wgss');
  const written = (part: number | undefined) => (part === undefined ? undefined : words.percent(part));
  const disabled = disability && slices(release, disability, 'disability').find(({ category }) => category === 'yes');
  return [
    {
      title: words.t('overview.identified'), page: 'trends', published: true,
      figure: release.total === null ? undefined : words.number(release.total), sentence: trendFinding(words, before),
    },
    {
      title: words.t('overview.flow'), page: 'flow', published: funnel !== undefined,
      figure: written(identifiedShare(release)), sentence: funnel ? stepFinding(words, release, funnel) : '',
    },
    {
      title: words.t('overview.time'), page: 'time', published: time !== undefined,
      figure: written(time && share(withinDays(release, time, limit), totalOf(release, time))),
      sentence: time ? daysFinding(words, release, time, 'finding.within', limit) : '',
    },
    {
      title: words.t('overview.disability'), page: 'who', published: disability !== undefined,
      figure: written(disability && share(disabled?.count ?? null, totalOf(release, disability))),
      sentence: disability ? partFinding(words, release, disability, 'disability', 'yes') : '',
    },
  ];
}

const told: readonly { id: string; page: PageName }[] = [
  { id: 'sex', page: 'who' }, { id: 'age', page: 'who' }, { id: 'nationality', page: 'who' }, { id: 'form', page: 'who' }, { id: 'region', page: 'where' },
];

/** Who the people are, and where, in a sentence each. */
export function StandsOut({ words, release }: Pick<Props, 'words' | 'release'>) {
  const found = told.flatMap(({ id, page }) => {
    const table = tableOf(release, id);
    return table ? [{ id, page, finding: groupFinding(words, release, table, id) }] : [];
  });
  return (
    <>
      <h2 class="govuk-heading-m">{words.t('overview.stand')}</h2>
      {found.length === 0 ? <Unpublished>{words.t('unpublished.table', { period: words.period(release.id) })}</Unpublished> : (
        <ul class="govuk-list govuk-list--spaced">
          {found.map(({ id, page, finding }) => <li key={id}><Link href={pageHref(page, { period: release.id })}>{finding}</Link></li>)}
        </ul>
      )}
    </>
  );
}
