// The pairs of cases that may be of one person and about which nobody has decided.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import { adjust, href, type PageProps } from '../../lib/route.ts';
import { Inset, Link, Page, Pagination, Select, Table, Trouble } from '../../parts/index.ts';
import { startCounting } from '../counts.ts';
import { compareHref, workHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import { Shown } from '../parts/shown.tsx';
import { agencyNames, evidenceWords } from '../parts/words.ts';

import '../casework.scss';

export default function PairsPage({ query }: PageProps) {
  const t = useText('casework');
  startCounting();
  const least = query.get('least') ?? '60';
  const after = query.get('after') ?? '';
  const { loaded, reload } = useLoading(`${least} ${after}`, useCallback((signal: AbortSignal) => ok(client.GET('/api/v1/duplicates', {
    params: { query: { least: Number(least) || 0, ...(after !== '' && { after }) } }, signal,
  })), [least, after]));
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  return (
    <Page title={t('pairs.heading')} wide back={{ href: workHref(), text: t('work.heading') }}>
      <p class="govuk-body">{t('pairs.lead')}</p>
      <search class="filters" aria-label={t('filter.label')}>
        <Select name="least" label={t('pairs.least')} empty={t('pairs.likely')} value={least === '60' ? '' : least}
          options={[{ value: '0', label: t('pairs.all') }, { value: '80', label: number(80) }]}
          onChange={(value) => adjust(href('/duplicates', { least: value }))} />
      </search>
      <Shown loaded={loaded} />
      {loaded.state === 'ready' && (loaded.value.items.length === 0 ? <Inset>{t('pairs.none')}</Inset> : (
        <>
          <Table caption={t('pairs.heading')} captionHidden
            columns={[t('column.compare'), { title: t('column.likeness'), numeric: true }, t('column.agencies'), t('column.agree'), t('column.differ')]}
            rows={loaded.value.items.map(({ cases: [a, b], score, evidence }, i) => ({
              key: `${a?.case_id} ${b?.case_id}`,
              cells: [
                <Link href={compareHref(a?.case_id ?? '', b?.case_id ?? '')} about={number(i + 1)}>{t('duplicates.compare')}</Link>, number(score),
                agencyNames([...new Set([a?.agency ?? '', b?.agency ?? ''])]), evidenceWords(evidence.agree), evidenceWords(evidence.differ),
              ],
            }))} />
          <Pagination first={after !== '' ? href('/duplicates', { least }) : null} next={loaded.value.next && href('/duplicates', { least, after: loaded.value.next })} />
        </>
      ))}
    </Page>
  );
}
