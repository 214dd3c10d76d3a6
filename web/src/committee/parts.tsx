// What the pages of the committee are built of: the frame with its ways between pages and periods, and the figures, each with its finding
// as title, its chart, its table and its file.

import './committee.scss';

import type { ComponentChildren } from 'preact';

import { longDate } from '../lib/dates.ts';
import { language, texts, word } from '../lib/i18n.ts';
import { href } from '../lib/route.ts';
import { Figure, Inset, Link, Page, Table, Tabs } from '../parts/index.ts';
import { WithheldKey, WithheldPattern } from './charts/Withheld.tsx';
import { provinceName } from './map/names.ts';
import { inOrder, type Release } from './release.ts';
import { address, csv, type Value } from './sheet.ts';
import { fileRows, type Shown } from './shown.ts';
import { type Words, wordsOf } from './words.ts';

export const pageNames = ['overview', 'flow', 'time', 'where', 'who', 'trends', 'about', 'downloads'] as const;
export type PageName = (typeof pageNames)[number];

/** The words of the committee's pages in the language in use. */
export function useWords(): Words {
  const t = texts('committee') as Words['t']; // findings put their keys together at run time
  return wordsOf(language.value, t, (list, code) => {
    if (list === 'category.province') return provinceName(code, language.value);
    if (list === 'subject.province') return t('province.in', { province: provinceName(code, language.value) });
    return word('committee', list, code);
  });
}

/** The address of a page of the area. What is chosen goes with it. */
export function pageHref(page: PageName, chosen: Record<string, string | null> = {}): string {
  return href(page === 'overview' ? '/statistics' : `/statistics/${page}`, chosen);
}

interface FrameProps {
  page: PageName;
  releases: readonly Release[];
  /** The release that is shown; undefined where the page shows all of them or there is none. */
  release?: Release;
  /** What is chosen on this page beside the period. */
  chosen?: Record<string, string | null>;
  children: ComponentChildren;
}

/** The frame of every page of the area. */
export function Frame({ page, releases, release, chosen = {}, children }: FrameProps) {
  const words = useWords();
  return (
    <div class="statistics">
      <WithheldPattern />
      <Tabs
        label={words.t('nav.label')}
        tabs={pageNames.map((name) => ({ href: pageHref(name, { period: release?.id ?? null }), title: words.t(`nav.${name}`), current: name === page }))}
      />
      <Page title={words.t(`title.${page}`)} caption={release && words.period(release.id)} wide>
        {release && <Periods page={page} releases={releases} release={release} chosen={chosen} words={words} />}
        {release?.weak && <Inset>{words.t('weak.text', { k: words.number(release.k) })}</Inset>}
        {children}
        {release && <Standing release={release} words={words} />}
      </Page>
    </div>
  );
}

/** The ways to the same page of another period. */
function Periods({ page, releases, release, chosen, words }: Required<Pick<FrameProps, 'page' | 'releases' | 'chosen'>> & { release: Release; words: Words }) {
  if (releases.length < 2) return null;
  return (
    <Choice
      label={words.t('period.label')} current={release.id}
      options={inOrder(releases).map(({ id }) => ({ key: id, text: words.shortPeriod(id), href: pageHref(page, { ...chosen, period: id }) }))}
    />
  );
}

interface ChoiceProps {
  label: string;
  current: string;
  options: readonly { key: string; text: string; href: string }[];
}

/** A choice that is an address: links side by side, of which one is where the reader is. */
export function Choice({ label, current, options }: ChoiceProps) {
  return (
    <nav class="choice" aria-label={label}>
      <span class="choice__label" aria-hidden="true">{label}</span>
      <ul class="choice__options">
        {options.map(({ key, text, href: to }) => (
          <li key={key}><a class="choice__option" href={to} aria-current={key === current ? 'true' : undefined}>{text}</a></li>
        ))}
      </ul>
    </nav>
  );
}

/** What the figures of a page rest on, beneath them and on paper. */
function Standing({ release, words }: { release: Release; words: Words }) {
  return (
    <p class="statistics__standing">
      {words.t('standing.text', { period: words.period(release.id), published: longDate(release.published_at), k: words.number(release.k) })}{' '}
      <Link href={pageHref('about', { period: release.id })}>{words.t('standing.more')}</Link>
    </p>
  );
}

interface ShownFigureProps {
  words: Words;
  /** What the file is called behind the service's name and the period. */
  name: string;
  finding: string;
  shown: Shown;
  /** The period that the figure is of; undefined where its rows are periods. */
  release?: Release;
  /** What has to be said of how it was counted. */
  note?: string;
  children: ComponentChildren;
}

/** A figure: finding, chart, table, file. */
export function ShownFigure({ words, name, finding, shown, release, note, children }: ShownFigureProps) {
  const rows: Value[][] = release ? fileRows(words, release.id, shown) : [shown.columns.map(({ title }) => title), ...shown.rows.map(({ cells }) => cells)];
  return (
    <Figure
      finding={finding}
      table={{ summary: words.t('figure.table'), content: <ShownTable words={words} shown={shown} caption={finding} /> }}
      download={{ href: address(csv(rows)), text: words.t('figure.csv'), name: `songtor-${release ? `${release.id}-` : ''}${name}.csv` }}
    >
      {children}
      {shown.withheld && <WithheldKey>{words.t('withheld.key')}</WithheldKey>}
      {note && <p class="figure__note">{note}</p>}
    </Figure>
  );
}

/** The rows of what is shown. */
export function ShownTable({ words, shown, caption }: { words: Words; shown: Shown; caption: string }) {
  return (
    <Table
      caption={caption} captionHidden columns={shown.columns}
      rows={shown.rows.map(({ key, cells }) => ({ key, cells: cells.map((value) => <ShownValue key={value} words={words} value={value} />) }))}
    />
  );
}

function ShownValue({ words, value }: { words: Words; value: Value }) {
  if (typeof value === 'number') return <>{words.number(value)}</>;
  return value === words.t('withheld') ? <span class="withheld-word">{value}</span> : <>{value}</>;
}

/** That something is not published, in the same words everywhere. */
export function Unpublished({ children }: { children: string }) {
  return <p class="unpublished">{children}</p>;
}
