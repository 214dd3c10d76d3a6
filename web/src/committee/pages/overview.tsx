// The overview, for ten minutes: four figures, who the people are, whether to rely on it, and where to take it.

import type { PageProps } from '../../lib/route.ts';
import { Link } from '../../parts/index.ts';
import { Headlines, StandsOut } from '../headlines.tsx';
import { pageHref } from '../parts.tsx';
import { Released } from '../released.tsx';
import { Waiting } from '../waiting.tsx';

export default function Overview({ query }: PageProps) {
  return (
    <Released page="overview" query={query}>
      {({ words, releases, release }) => (
        <>
          <Waiting words={words} />
          <Headlines words={words} release={release} releases={releases} />
          <StandsOut words={words} release={release} />
          <h2 class="govuk-heading-m">{words.t('overview.trust')}</h2>
          <p class="govuk-body">{words.t('overview.trust.text')}{' '}<Link href={pageHref('about', { period: release.id })}>{words.t('standing.more')}</Link></p>
          <h2 class="govuk-heading-m">{words.t('overview.take')}</h2>
          <p class="govuk-body">{words.t('overview.take.text')}{' '}<Link href={pageHref('downloads', { period: release.id })}>{words.t('title.downloads')}</Link></p>
        </>
      )}
    </Released>
  );
}
