// The course of a case: the newest day first, who did what and when, what was written down, and the case as it was known at any moment of it.

import { useCallback, useState } from 'preact/hooks';

import { date, momentFrom, partsOfMoment } from '../../lib/dates.ts';
import { number, useText, word as wordOf } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { adjust, go, href, type PageProps } from '../../lib/route.ts';
import { Button, Details, type Fault, faultOf, Form, Inset, MomentParts, Select, Time, Timeline } from '../../parts/index.ts';
import { Disagreements } from '../case/disagreements.tsx';
import { CaseFrame } from '../case/frame.tsx';
import { RecordParts } from '../case/record.tsx';
import { type Opened, readTimeline } from '../case/store.ts';
import { caseHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { Case, Entry } from '../model.ts';
import { EntryFacts } from '../case/entry.tsx';
import { word } from '../parts/words.ts';
import { agenciesIn, byDay, isSubject, moments, narrowed, subjects, times } from '../timeline.ts';

export default function TimelinePage({ params: { id = '' }, query }: PageProps) {
  const t = useText('casework');
  const [faults, setFaults] = useState<Fault[]>([]);
  return (
    <CaseFrame id={id} query={query} part="timeline" faults={faults}>
      {(opened) => (
        <>
          <p class="govuk-hint">{t('timeline.lead')}</p>
          <History opened={opened} faults={faults} show={setFaults} />
          <Disagreements opened={opened} />
          <Filters opened={opened} query={query} />
          <Course opened={opened} query={query} />
        </>
      )}
    </CaseFrame>
  );
}

interface HistoryProps {
  opened: Opened;
  faults: Fault[];
  show: (faults: Fault[]) => void;
}

// The way back through the history: the changes one by one, or a moment that somebody names.
function History({ opened, faults, show }: HistoryProps) {
  const t = useText('casework');
  return (
    <Details summary={t('asOf.heading')} open={opened.asOf !== null || faults.length > 0}>
      <Slider opened={opened} />
      <ExactMoment opened={opened} faults={faults} show={show} />
    </Details>
  );
}

function Slider({ opened }: { opened: Opened }) {
  const t = useText('casework');
  const now = { id: opened.id, asOf: null, purpose: null };
  const { loaded } = useLoading(opened.id, useCallback((signal: AbortSignal) =>
    opened.asOf === null ? Promise.resolve(opened.timeline) : readTimeline(now, signal), [opened.id, opened.asOf]), false);
  const notches = loaded.state === 'ready' ? moments(loaded.value.items) : [];
  const [chosen, choose] = useState<number | null>(null);
  if (notches.length < 2) return null;
  const at = Math.min(chosen ?? notchOf(notches, opened.asOf), notches.length - 1);
  const moment = notches[at] ?? '';
  const step = (by: number) => choose(Math.max(0, Math.min(notches.length - 1, at + by)));
  return (
    <div class="slider">
      <label class="govuk-label" for="history">{t('asOf.slider')}</label>
      <div class="slider__row">
        <Button look="secondary" onClick={() => step(-1)} disabled={at === 0}>{t('asOf.earlier')}</Button>
        <input class="slider__range" id="history" type="range" min={0} max={notches.length - 1} step={1} value={at}
          aria-valuetext={`${t('asOf.step', { n: at + 1, all: notches.length })}: ${date(moment)}`}
          onInput={(event) => choose(Number(event.currentTarget.value))} />
        <Button look="secondary" onClick={() => step(1)} disabled={at === notches.length - 1}>{t('asOf.later')}</Button>
      </div>
      <p class="govuk-body" aria-live="polite">
        {t('asOf.step', { n: number(at + 1), all: number(notches.length) })}: <Time at={moment} as="full" />
      </p>
      <Button look="secondary" onClick={() => go(caseHref(opened.id, 'timeline', { as_of: moment }))}>{t('asOf.show')}</Button>
    </div>
  );
}

// The last change that was known at a moment; the last of all for now.
function notchOf(notches: readonly string[], asOf: string | null): number {
  if (asOf === null) return notches.length - 1;
  return Math.max(0, notches.findLastIndex((at) => Date.parse(at) <= Date.parse(asOf)));
}

function ExactMoment({ opened, faults, show }: HistoryProps) {
  const t = useText('casework');
  const [written, write] = useState(opened.asOf === null ? { day: '', month: '', year: '', time: '' } : partsOfMoment(opened.asOf));

  function submit(): void {
    const moment = momentFrom(written);
    if (moment === null) return show([{ name: 'moment', at: 'moment-day', message: t('asOf.wrong') }]);
    show([]);
    go(caseHref(opened.id, 'timeline', { as_of: moment }));
  }

  return (
    <Form onSubmit={submit} label={t('asOf.exact')}>
      <MomentParts name="moment" label={t('asOf.label')} hint={t('asOf.hint')} error={faultOf(faults, 'moment')} value={written} onInput={write} />
      <Button look="secondary">{t('asOf.submit')}</Button>
    </Form>
  );
}

function Filters({ opened, query }: { opened: Opened; query: URLSearchParams }) {
  const t = useText('casework');
  const narrow = (name: string, value: string) => adjust(href(`/cases/${opened.id}/timeline`, { ...Object.fromEntries(query), [name]: value }));
  return (
    <search class="filters" aria-label={t('filter.label')}>
      <Select name="subject" label={t('timeline.subject')} empty={t('timeline.all')} value={query.get('subject') ?? ''} onChange={(value) => narrow('subject', value)}
        options={Object.keys(subjects).map((value) => ({ value, label: word('subject', value) }))} />
      <Select name="by" label={t('timeline.agency')} empty={t('timeline.everybody')} value={query.get('by') ?? ''} onChange={(value) => narrow('by', value)}
        options={agenciesIn(opened.timeline.items).map((value) => ({ value, label: agency(value) }))} />
    </search>
  );
}

function Course({ opened, query }: { opened: Opened; query: URLSearchParams }) {
  const t = useText('casework');
  const subject = query.get('subject') ?? '';
  const all = opened.timeline.items;
  const shown = narrowed(all, { subject: isSubject(subject) ? subject : null, agency: query.get('by') ?? '' });
  const days = byDay(shown);
  return (
    <>
      <p class="govuk-hint" role="status">{t('timeline.shown', { shown: number(shown.length), all: number(all.length) })}</p>
      {days.length === 0 && <Inset>{t('timeline.nothing')}</Inset>}
      {days.map(({ day, at, acts }) => (
        <section key={day} aria-labelledby={`day-${day}`}>
          <h2 class="govuk-heading-s day" id={`day-${day}`}><Time at={at} as="date" /></h2>
          <Timeline entries={acts.flatMap(({ entries }) => entries.toReversed().map((entry) => ({
            key: `${entry.position} ${entry.index}`, title: word('event', entry.type), by: doer(entry, t), at: <When entry={entry} />,
            body: <Body entry={entry} found={opened.found} />,
          })))} />
        </section>
      ))}
    </>
  );
}

function doer({ actor }: Entry, t: ReturnType<typeof useText<'casework'>>): string {
  if (actor.agency === '') return t('timeline.service');
  return t('timeline.by', { role: wordOf('common', 'role', actor.role), agency: agency(actor.agency) });
}

function When({ entry }: { entry: Entry }) {
  const t = useText('casework');
  const { happened, recorded, accepted } = times(entry);
  if (recorded === null && accepted === null) return <Time at={happened} />;
  return (
    <>
      {t('timeline.happened')} <Time at={happened} />
      {recorded !== null && <>; {t('timeline.recorded')} <Time at={recorded} /></>}
      {accepted !== null && <>; {t('timeline.accepted')} <Time at={accepted} /> ({t('timeline.offline')})</>}
    </>
  );
}

function Body({ entry, found }: { entry: Entry; found: Case }) {
  const t = useText('casework');
  const record = found.records.find(({ number: of, type }) => of === entry.number && type === entry.type);
  return (
    <>
      <EntryFacts entry={entry} />
      {record !== undefined && Object.keys(record.parts).length > 0 && !standsAbove(entry) && (
        <Details summary={t('timeline.written')}><RecordParts parts={record.parts} version={formOf(entry, found)} /></Details>
      )}
    </>
  );
}

// The two answers of a disagreement are a part of the page.
function standsAbove({ type }: Entry): boolean {
  return type === 'case.disagreement_noted';
}

// The form that asks for consent, whose answers are codes.
function formOf({ type }: Entry, { screenings }: Case): number | null {
  return type.startsWith('consent.') ? screenings.at(-1)?.form_version ?? null : null;
}
