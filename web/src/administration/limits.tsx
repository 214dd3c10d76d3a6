// The time limits of the mechanism, each with its source. One for which no source was found is unset, and says so.

import { client, ok, type Schemas } from '../lib/api.ts';
import { number, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { loadNames, optionsOf, province } from '../lib/names.ts';
import { adjust, href, type PageProps } from '../lib/route.ts';
import { Select, SummaryList, Table, Tag, Time } from '../parts/index.ts';
import { Frame } from './frame.tsx';

type Rule = Schemas['Limits']['entries'][number];

const everywhere = '*';

/** The limits, and the ladder on which a missed deadline climbs. */
export default function Limits({ query }: PageProps) {
  const t = useText('administration');
  const at = query.get('province') ?? '';
  const loaded = useLoaded(() => load(at), [at]);
  return (
    <Frame title={t('limits.heading')} loaded={loaded}>
      {({ entries, ladder }) => (
        <>
          <p class="govuk-body">{t('limits.explained')}</p>
          <Select
            name="province" label={t('agencies.province')} value={at} empty={t('limits.everywhere')}
            onChange={(code) => adjust(href('/administration/limits', { province: code }))} options={optionsOf('provinces', { sorted: true })}
          />
          <Rules rules={entries.filter((rule) => rule.escalation === undefined && (rule.province === everywhere || rule.province === at))} />
          <h2 class="govuk-heading-m">{t('limits.ladder')}</h2>
          <p class="govuk-body">{t('limits.ladder.about')}</p>
          <SummaryList facts={ladder.map((step) => ({
            term: word('casework', 'rung', step.to), value: step.after_hours === 0 ? t('limits.at.once') : t('limits.after', { hours: number(step.after_hours) }),
          }))} />
        </>
      )}
    </Frame>
  );
}

async function load(at: string) {
  const [found] = await Promise.all([
    ok(client.GET('/api/v1/limits', { params: { query: at === '' ? {} : { province: at } } })), loadNames('provinces'),
  ]);
  return found;
}

function Rules({ rules }: { rules: readonly Rule[] }) {
  const t = texts('administration');
  return (
    <Table
      caption={t('limits.heading')} captionHidden
      columns={[t('limits.what'), t('limits.time'), t('limits.where'), t('retention.from'), t('retention.source')]}
      rows={rules.map((rule) => ({
        key: `${rule.limit ?? 'team'} ${rule.province} ${rule.from}`,
        cells: [
          word('administration', 'limit', rule.limit ?? 'team'), <Length rule={rule} />, rule.province === everywhere ? t('limits.everywhere') : province(rule.province),
          <Time at={`${rule.from}T00:00:00+07:00`} as="date" />, <span lang="en">{[rule.unset ?? rule.source, rule.note].flatMap((text) => (text ? sentence(text) : [])).join(' ')}</span>,
        ],
      }))}
    />
  );
}

// A source is cited without a full stop; a note after it begins a sentence.
function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

function Length({ rule }: { rule: Rule }) {
  const t = texts('administration');
  if (rule.unset !== undefined) return <Tag colour="grey">{t('retention.unset')}</Tag>;
  if (rule.working_days) return <>{t('limits.workingDays', { n: number(rule.working_days) })}</>;
  if (rule.minutes) return <>{t('limits.minutes', { n: number(rule.minutes) })}</>;
  const hours = rule.hours ?? 0;
  return <>{hours > 24 && hours % 24 === 0 ? t('limits.days', { days: number(hours / 24), n: number(hours) }) : t('limits.hours', { n: number(hours) })}</>;
}
