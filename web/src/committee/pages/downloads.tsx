// The files: every release as it was published, and what its tables hold.

import { date } from '../../lib/dates.ts';
import type { PageProps } from '../../lib/route.ts';
import { Table, Tag } from '../../parts/index.ts';
import { tableTitle } from '../finding.ts';
import { inOrder, type Release } from '../release.ts';
import { Released } from '../released.tsx';
import type { Words } from '../words.ts';

const kinds = ['csv', 'xlsx', 'json'] as const;
const standards = ['sdg-16-2-2', 'unodc', 'htcds', 'ic-tip', 'ctdc'] as const;
const provisional = 'ic-tip'; // its code lists were not to be had

export default function Downloads({ query }: PageProps) {
  return (
    <Released page="downloads" query={query}>
      {({ words, releases, release }) => (
        <>
          <p class="govuk-body">{words.t('downloads.text')}</p>
          <Releases words={words} releases={releases} />
          <p class="govuk-body">{words.t('downloads.print')}</p>
          <Standards words={words} release={release} />
          <h2 class="govuk-heading-m">{words.t('downloads.tables', { period: words.period(release.id) })}</h2>
          <Table
            caption={words.t('column.tables')} captionHidden columns={[words.t('column.table'), { title: words.t('column.kept'), numeric: true }]}
            rows={release.tables.map((table) => ({
              key: table.id,
              cells: [tableTitle(words, table), words.t('downloads.kept', {
                published: words.number(table.cells.filter(({ count }) => count !== null).length), all: words.number(table.cells.length),
              })],
            }))}
          />
        </>
      )}
    </Released>
  );
}

function Releases({ words, releases }: { words: Words; releases: readonly Release[] }) {
  return (
    <Table
      caption={words.t('downloads.releases')} columns={[words.t('column.period'), words.t('column.published'), words.t('column.files')]}
      rows={inOrder(releases).reverse().map(({ id, published_at: published }) => ({
        key: id,
        cells: [words.period(id), date(published), <Files key="files" words={words} id={id} />],
      }))}
    />
  );
}

function Files({ words, id }: { words: Words; id: string }) {
  return (
    <span class="files">
      {kinds.map((kind) => (
        <a key={kind} class="govuk-link" href={`/api/v1/statistics/releases/${encodeURIComponent(id)}.${kind}`} download={`songtor-${id}.${kind}`}>
          {words.t(`downloads.${kind}`)}<span class="govuk-visually-hidden"> {words.t('downloads.about', { period: words.period(id) })}</span>
        </a>
      ))}
    </span>
  );
}

function Standards({ words, release }: { words: Words; release: Release }) {
  return (
    <>
      <h2 class="govuk-heading-m">{words.t('downloads.standards')}</h2>
      <p class="govuk-body">{words.t('downloads.standards.text', { period: words.period(release.id) })}</p>
      <ul class="govuk-list standards">
        {standards.map((standard) => (
          <li key={standard}>
            <a
              class="govuk-link" download={`songtor-${release.id}-${standard}.csv`}
              href={`/api/v1/statistics/releases/${encodeURIComponent(release.id)}/standards/${standard}`}
            >
              <span lang={namedInEnglish(standard)}>{words.word('standard', standard)}</span>
            </a>
            {standard === provisional && <> <Tag colour="grey">{words.t('downloads.provisional')}</Tag></>}
          </li>
        ))}
      </ul>
    </>
  );
}

// The Counter-Trafficking Data Collaborative has no Thai name.
function namedInEnglish(standard: string): 'en' | undefined {
  return standard === 'ctdc' ? 'en' : undefined;
}
