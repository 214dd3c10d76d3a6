// "Changed meanwhile": the case moved while a decision was being made. What it was and what it is stand side by side, and each answer is
// kept or given again.

import { useState } from 'preact/hooks';

import { texts, useText } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, Form, Page, Radios, SummaryList, Table } from '../../parts/index.ts';
import { empty, stillOffered } from './answers.ts';
import { differences } from './changed.ts';
import { commandLabel } from './commands.ts';
import type { Deciding } from './deciding.ts';
import { keep } from './draft.ts';
import { backTo, NotNow } from './notnow.tsx';
import { said } from './said.ts';
import { asked, hindrance, type Question } from './steps.ts';
import { checking, firstOpen } from './way.ts';

/** The page where the case has changed meanwhile. */
export function Changed({ deciding }: { deciding: Deciding }) {
  const t = useText('decide');
  const { form, now, found, about, hrefOf } = deciding;
  const [again, setAgain] = useState<readonly string[]>([]);
  if (!found.possible.includes(now.command) || hindrance(form, about) !== null) {
    return <NotNow found={found} command={now.command} text={t('changed.notPossible')}><Written deciding={deciding} /></NotNow>;
  }
  const answered = asked(form, about).flatMap((step) => step.questions).filter(({ field }) => !empty(now.answers[field]));
  const questions = answered.filter((question) => stillOffered(question, about));
  const different = differences(form, now.base, found);

  function submit(): void {
    const anew = [...again, ...answered.filter((question) => !questions.includes(question)).map(({ field }) => field)];
    const answers = Object.fromEntries(Object.entries(now.answers).filter(([field]) => !anew.includes(field)));
    keep(now, { base: found, answers, signed: false, refused: [] });
    go(hrefOf(firstOpen(form, { ...about, answers }) ?? checking, checking), { replace: true });
  }

  return (
    <Page title={t('changed.heading')} caption={`${found.case_reference} · ${commandLabel(now.command)}`} wide back={backTo(found)}>
      <p class="govuk-body">{t('changed.lead')}</p>
      {different.length === 0 ? <p class="govuk-body">{t('changed.nothing')}</p> : (
        <Table caption={t('changed.table')} columns={[t('changed.what'), t('changed.before'), t('changed.after')]}
          rows={different.map(({ name, before, after }) => ({ key: name, cells: [name, before || t('check.nothing'), after || t('check.nothing')] }))} />
      )}
      <Form onSubmit={submit} label={t('changed.heading')}>
        {questions.length > 0 && <h2 class="govuk-heading-m">{t('changed.answers')}</h2>}
        {questions.map((question) => (
          <KeptOrNot key={question.field} question={question} text={said(question, about).join(', ')} again={again.includes(question.field)}
            standing={different.find(({ field }) => field === question.field)?.after ?? null}
            onChange={(yes) => setAgain(yes ? [...again, question.field] : again.filter((field) => field !== question.field))} />
        ))}
        <Button>{texts('common')('form.continue')}</Button>
      </Form>
    </Page>
  );
}

// What was answered, for whoever has another use for their words.
function Written({ deciding: { form, now, about } }: { deciding: Deciding }) {
  const t = useText('decide');
  const given = form.steps.flatMap(({ questions }) => questions).filter(({ field }) => !empty(now.answers[field]));
  if (given.length === 0) return null;
  return (
    <>
      <h2 class="govuk-heading-m">{t('changed.answers')}</h2>
      <SummaryList facts={given.map((question) => ({ term: t(question.label), value: <span class="prose">{said(question, about).join('\n')}</span> }))} />
    </>
  );
}

interface KeptOrNotProps {
  question: Question;
  text: string;
  standing: string | null;
  again: boolean;
  onChange: (again: boolean) => void;
}

function KeptOrNot({ question, text, standing, again, onChange }: KeptOrNotProps) {
  const t = useText('decide');
  return (
    <Radios name={`keep-${question.field.replace('.', '-')}`} label={t(question.label)} hint={standing === null ? undefined : t('changed.standing', { text: standing })}
      value={again ? 'again' : 'keep'} onChange={(value) => onChange(value === 'again')}
      options={[{ value: 'keep', label: t('changed.keep', { text }) }, { value: 'again', label: t('changed.again') }]} />
  );
}
