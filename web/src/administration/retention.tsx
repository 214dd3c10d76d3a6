// How long cases are kept after they have ended, each rule with its source. What is due is asked for by the service and decided by people.

import { client, ok } from '../lib/api.ts';
import { count, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { Table, Tag, Time } from '../parts/index.ts';
import { Frame } from './frame.tsx';

/** The rules of retention. */
export default function Retention() {
  const t = useText('administration');
  const loaded = useLoaded(() => ok(client.GET('/api/v1/retention')));
  return (
    <Frame title={t('retention.heading')} loaded={loaded}>
      {({ rules }) => (
        <>
          <p class="govuk-body">{t('retention.explained')}</p>
          <Table
            caption={t('retention.heading')} captionHidden columns={[t('retention.ending'), t('retention.kept'), t('retention.from'), t('retention.source')]}
            rows={rules.map((rule) => ({
              key: `${rule.ending} ${rule.from}`,
              cells: [
                word('administration', 'ending', rule.ending), <Kept days={rule.days} grace={rule.grace_days} />, <Time at={`${rule.from}T00:00:00+07:00`} as="date" />,
                <span lang="en">{rule.unset ?? rule.source}</span>,
              ],
            }))}
          />
        </>
      )}
    </Frame>
  );
}

function Kept({ days, grace }: { days: number | undefined; grace: number | undefined }) {
  const t = texts('administration');
  if (days === undefined) return <Tag colour="grey">{t('retention.unset')}</Tag>;
  return <>{count('common', 'span', days)}{grace !== undefined && ` + ${count('common', 'span', grace)}`}</>;
}
