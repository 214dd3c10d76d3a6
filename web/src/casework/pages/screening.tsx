// The answers of the screening, section by section, in the words of the form's own version; and what follows from them.

import { useCallback } from 'preact/hooks';

import { count, language, number, useText } from '../../lib/i18n.ts';
import { href, type PageProps } from '../../lib/route.ts';
import { Inset, Link, SummaryList, Tabs, Time, Trouble } from '../../parts/index.ts';
import { type Answers, type Section, sections } from '../answers.ts';
import { CaseFrame } from '../case/frame.tsx';
import type { Opened } from '../case/store.ts';
import { form, nameOfCode, type ReadForm } from '../form.ts';
import { caseHref, doHref, formHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { Screening } from '../model.ts';
import { AnswerOf } from '../parts/answer.tsx';
import { Loading } from '../parts/loading.tsx';
import { word } from '../parts/words.ts';

export default function ScreeningPage({ params: { id = '' }, query }: PageProps) {
  const t = useText('casework');
  return (
    <CaseFrame id={id} query={query} part="screening">
      {(opened) => {
        const { screenings } = opened.found;
        const chosen = screenings.find(({ screening_id: one }) => one === query.get('form')) ?? screenings.at(-1);
        if (chosen === undefined) return <><Inset>{t('screening.none')}</Inset><Further opened={opened} chosen={null} /></>;
        return (
          <>
            {screenings.length > 1 && <Forms opened={opened} chosen={chosen} />}
            <Findings screening={chosen} />
            <Filled screening={chosen} />
            <Further opened={opened} chosen={chosen} />
          </>
        );
      }}
    </CaseFrame>
  );
}

function Forms({ opened, chosen }: { opened: Opened; chosen: Screening }) {
  const t = useText('casework');
  const address = caseHref(opened.id, 'screening', { as_of: opened.asOf, purpose: opened.purpose });
  return (
    <Tabs label={t('screening.which')} tabs={opened.found.screenings.map((one) => ({
      href: href(address.split('?')[0] ?? '', { as_of: opened.asOf, purpose: opened.purpose, form: one.screening_id }),
      title: <Time at={one.happened_at} />, current: one === chosen,
    }))} />
  );
}

// What can be done about the answers: to correct these, or to record those of a further talk.
function Further({ opened: { found, asOf }, chosen }: { opened: Opened; chosen: Screening | null }) {
  const t = useText('casework');
  if (asOf !== null) return null;
  return (
    <ul class="govuk-list ways">
      {chosen !== null && chosen.answers !== null && found.possible.includes('correct-screening')
        && <li><Link href={formHref(found.case_id, chosen.screening_id)}>{t('screening.correct')}</Link></li>}
      {found.possible.includes('record-screening') && <li><Link href={doHref(found.case_id, 'record-screening')}>{t('screening.further')}</Link></li>}
    </ul>
  );
}

// What the findings hold; they lie sealed in the log, so that the description leaves their shape open.
interface FindingsOf {
  elements?: Record<string, string>;
  wg?: { applicable?: boolean; disability3?: boolean };
}

function Findings({ screening }: { screening: Screening }) {
  const t = useText('casework');
  const findings = screening.findings as FindingsOf | null;
  if (findings === null) return null;
  return (
    <section aria-labelledby="findings">
      <h2 class="govuk-heading-m" id="findings">{t('screening.findings')}</h2>
      <SummaryList facts={[
        ...Object.entries(findings.elements ?? {}).map(([element, found]) => ({ term: word('element', element), value: word('assessment', found) })),
        { term: t('wg.label'), value: findings.wg?.applicable ? t(findings.wg.disability3 ? 'wg.yes' : 'wg.no') : null },
      ]} />
    </section>
  );
}

function Filled({ screening }: { screening: Screening }) {
  const t = useText('casework');
  const { form_version: version } = screening;
  const { loaded, reload } = useLoading(`${version} ${language.value}`, useCallback(() => form(version, language.value), [version]), false);
  const answers = { ...(screening.answers as Answers | null), ...(screening.identity as Answers | null) };
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  if (loaded.state === 'loading') return <Loading />;
  return (
    <>
      <p class="govuk-hint">
        <Time at={screening.happened_at} as="full" /> · {t('screening.version', { version: number(version) })}
        {!loaded.value.official && ` · ${t('screening.unofficial')}`}
        {screening.corrections > 0 && ` · ${count('casework', 'screening.corrections', screening.corrections)}`}
      </p>
      {screening.answers === null && screening.identity === null
        ? <Inset>{t('screening.sealed')}</Inset> : <Sections sections={read(loaded.value, answers)} read={loaded.value} />}
    </>
  );
}

function read({ schema, text }: ReadForm, answers: Answers): Section[] {
  const t = useText('casework');
  return sections(schema, answers, { text, nameOf: nameOfCode, yes: t('answer.yes'), no: t('answer.no') });
}

function Sections({ sections: shown, read: { text } }: { sections: Section[]; read: ReadForm }) {
  const t = useText('casework');
  return (
    <div class="columns columns--reversed">
      <div class="columns__main">
        {shown.map(({ id, title, rows }) => (
          <section key={id} aria-labelledby={`section-${id}`}>
            <h2 class="govuk-heading-m" id={`section-${id}`} tabIndex={-1}>{title}</h2>
            <SummaryList facts={rows.map((row) => ({ term: row.label, value: <AnswerOf row={row} declined={text.choices['state'] ?? {}} /> }))} />
          </section>
        ))}
      </div>
      <nav class="columns__side contents" aria-label={t('screening.sections')}>
        <ul class="govuk-list">{shown.map(({ id, title }) => <li key={id}><a class="govuk-link" href={`#section-${id}`}>{title}</a></li>)}</ul>
      </nav>
    </div>
  );
}
