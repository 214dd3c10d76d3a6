// The public holidays of a year, by which working days are counted.

import { client, ok } from '../lib/api.ts';
import { now } from '../lib/clock.ts';
import { longDate } from '../lib/dates.ts';
import { language, texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import type { PageProps } from '../lib/route.ts';
import { Inset, Table, Tabs } from '../parts/index.ts';
import { Frame } from './frame.tsx';

const buddhistEra = 543;

/** The holidays of the year that the address names, or of this one. */
export default function Holidays({ query }: PageProps) {
  const t = useText('administration');
  const current = new Date(now()).getUTCFullYear();
  const year = Number(query.get('year') ?? current);
  const loaded = useLoaded(() => ok(client.GET('/api/v1/calendar/{year}', { params: { path: { year } } })), [year]);
  return (
    <Frame title={t('holidays.of', { year: yearShown(year) })} loaded={loaded}>
      {({ known, note, days }) => (
        <>
          <Tabs label={t('holidays.year')} tabs={[current - 1, current, current + 1].map((each) => ({
            href: `/administration/holidays?year=${each}`, title: yearShown(each), current: each === year,
          }))} />
          {!known && <Inset>{t('holidays.unknown')}</Inset>}
          {note && <p class="govuk-body" lang="en">{note}</p>}
          {days.length > 0 && <Days days={days} />}
        </>
      )}
    </Frame>
  );
}

interface Day {
  date: string;
  kind: string;
  en: string;
  th: string;
  source: string;
}

function Days({ days }: { days: readonly Day[] }) {
  const t = texts('administration');
  return (
    <Table
      caption={t('holidays.heading')} captionHidden columns={[t('holidays.day'), t('holidays.name'), t('agencies.kind'), t('retention.source')]}
      rows={days.map((day) => ({
        key: day.date,
        cells: [longDate(`${day.date}T00:00:00+07:00`), day[language.value], word('administration', 'holidays.kind', day.kind), <span lang="en">{day.source}</span>],
      }))}
    />
  );
}

function yearShown(year: number): string {
  return String(language.value === 'th' ? year + buddhistEra : year);
}
