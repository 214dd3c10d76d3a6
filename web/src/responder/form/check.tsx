// Looking over the answers, and finishing: after that the phone can't open them any more.

import { useState } from 'preact/hooks';

import { currentTime } from '../../lib/clock.ts';
import { dateTime } from '../../lib/dates.ts';
import { count, language, texts } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, ButtonLink, type Fact, Form, Inset, Link, Page, SummaryList, Warning } from '../../parts/index.ts';
import { keeping } from '../keeping.ts';
import { DangersHere } from './danger.tsx';
import { closeDraft, current, type Current, draft, keepNow } from './current.ts';
import { asked, body, type Fault } from './engine.ts';
import { faultsNow, keyOf, messageOf } from './messages.ts';
import { at, host, questionAt } from './path.ts';
import type { Draft } from '../draft.ts';
import { personLanguages } from './languages.ts';
import { answerWords, codeName, formWords, labelOf } from './words.ts';

/** What stands in the way of finishing. */
export function faultsOf(open: Current, now: Draft): Fault[] {
  const withheld = (fault: Fault) => fault.keyword === 'required' && host.value?.withheld.has(keyOf(fault) ?? '') === true;
  return faultsNow(open.form, now).filter((fault) => !withheld(fault));
}

/** Every answer by section, with the ways to change it, and what is missing. */
export function CheckAnswers({ id }: { id: string }) {
  const t = texts('interview');
  const [open, now] = [current.value, draft.value];
  if (open === null || now === null) return null;
  const faults = faultsOf(open, now);
  return (
    <Page title={t('check.heading')} back={{ href: at(id), text: t('toTasks') }}>
      <DangersHere open={open} answers={now.answers} />
      {faults.length > 0 && <Missing id={id} open={open} faults={faults} />}
      <h2 class="govuk-heading-m">{t('check.interview')}</h2>
      <SummaryList facts={factsOfInterview(id, open, now)} />
      {sectionsWithAnswers(open, now).map(({ section, keys }) => (
        <section key={section}>
          <h2 class="govuk-heading-m">{formWords(open).sections[section]?.title}</h2>
          <SummaryList facts={keys.map((key) => factOf(id, open, now, key))} />
        </section>
      ))}
      {faults.length === 0 ? <ButtonLink href={at(id, 'finish')}>{t('continue')}</ButtonLink> : <ButtonLink href={at(id)} look="secondary">{t('toTasks')}</ButtonLink>}
    </Page>
  );
}

function Missing({ id, open, faults }: { id: string; open: Current; faults: readonly Fault[] }) {
  return (
    <Inset>
      <p class="govuk-body"><strong>{count('interview', 'check.missing', faults.length)}</strong></p>
      <ul class="govuk-list govuk-list--bullet missing">
        {faults.map((fault) => <li key={fault.pointer + fault.keyword}>{wordsOf(id, open, fault)}</li>)}
      </ul>
    </Inset>
  );
}

function wordsOf(id: string, open: Current, fault: Fault) {
  const t = texts('interview');
  const key = keyOf(fault) ?? '';
  const item = open.form.items.get(key);
  if (item !== undefined) return <><Link href={questionAt(id, key)}>{labelOf(formWords(open), key)}</Link>{fault.keyword !== 'required' && `: ${messageOf(item, fault.keyword)}`}</>;
  // The two times of a form are wrong where it is said to have taken place later than now: as when a clock was put right meanwhile.
  return fault.pointer.endsWith('ed_at') ? <><Link href={at(id, 'when')}>{t('when.heading')}</Link>: {t('fault.when')}</> : t('fault.other');
}

function factsOfInterview(id: string, open: Current, now: Draft): Fact[] {
  const t = texts('interview');
  const spoken = personLanguages.find(({ tag }) => tag === now.personLanguage);
  const code = String(now.answers.a_language?.value ?? '');
  return [
    { term: t('when.heading'), value: dateTime(now.occurredAt ?? now.startedAt), change: { href: at(id, 'when'), about: t('when.heading') } },
    { term: labelOf(formWords(open), 'province'), value: now.province === undefined ? '' : codeName(open, 'provinces', now.province), change: { href: at(id, 'begin/province'), about: labelOf(formWords(open), 'province') } },
    { term: t('language.heading'), value: spoken === undefined || spoken.tag === language.value ? codeName(open, 'languages', code) : <>{codeName(open, 'languages', code)} <span lang={spoken.tag}>({spoken.name})</span></>, change: { href: at(id, 'begin/language'), about: t('language.heading') } },
  ];
}

function sectionsWithAnswers({ form }: Current, now: Draft): { section: string; keys: string[] }[] {
  const { keys } = asked(form, now.answers);
  return form.sections
    .map(({ id, items }) => ({ section: id, keys: items.filter((key) => keys.has(key) && now.answers[key] !== undefined && key !== 'a_language') }))
    .filter((section) => section.keys.length > 0);
}

function factOf(id: string, open: Current, now: Draft, key: string): Fact {
  const label = labelOf(formWords(open), key);
  const [item, given] = [open.form.items.get(key), now.answers[key]];
  const lines = item === undefined || given === undefined ? [] : answerWords(open, item, given);
  return { term: label, value: lines.length > 1 ? <ul class="govuk-list">{lines.map((line, i) => <li key={i}>{line}</li>)}</ul> : <span class="as-typed">{lines[0]}</span>, change: { href: questionAt(id, key), about: label } };
}

/** The last page: what finishing means, and the button that does it. */
export function Finish({ id }: { id: string }) {
  const t = texts('interview');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [open, now] = [current.value, draft.value];
  if (open === null || now === null) return null;
  if (faultsOf(open, now).length > 0) return <CheckAnswers id={id} />;
  async function finish(shown: Current): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await keepNow();
      const last = draft.value;
      if (last === null || keeping.value === null) return;
      await keeping.value.finish(last, body(last, shown.form, currentTime()));
      closeDraft();
      go(`/responder/finished/${id}`, { replace: true });
    } catch (failure) {
      setError((await import('../pages/words.ts')).whyNot(failure));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Page title={t('finish.heading')} back={{ href: at(id, 'check'), text: t('back') }} faults={error === null ? [] : [{ message: error }]}>
      <Form onSubmit={() => void finish(open)} label={t('finish.heading')}>
        <p class="govuk-body">{t('finish.declaration')}</p>
        <Warning>{t('finish.warning')}</Warning>
        <Button disabled={busy}>{t('finish.button')}</Button>
      </Form>
    </Page>
  );
}
