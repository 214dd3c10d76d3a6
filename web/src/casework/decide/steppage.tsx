// A page of a command: one question, or a few that belong together.

import { useState } from 'preact/hooks';

import { texts, useText } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, Form, faultOf, Link, Page, type Fault } from '../../parts/index.ts';
import { caseHref } from '../links.ts';
import { blank, wrongIn } from './answers.ts';
import { commandLabel } from './commands.ts';
import type { Deciding } from './deciding.ts';
import { forget, keep } from './draft.ts';
import { faultsOf } from './faults.ts';
import { Ask } from './question.tsx';
import { Reads } from './reads.tsx';
import { type Answer, asked, type Step } from './steps.ts';
import { after, checking, meanwhile } from './way.ts';

interface StepPageProps {
  deciding: Deciding;
  step: Step;
  /** Whether the answers were being checked already. */
  toCheck: boolean;
}

/** The page of a step. Going on keeps the answers; going back loses none. */
export function StepPage({ deciding, step, toCheck }: StepPageProps) {
  const t = useText('decide');
  const { form, now, about, hrefOf, found } = deciding;
  const refused = now.refused.filter(({ field }) => step.questions.some((one) => one.field === field));
  const [faults, setFaults] = useState<Fault[]>(() => faultsOf(form, refused));
  const { title } = step;
  const alone = step.questions.length === 1 && step.reads === undefined;

  function answer(field: string, value: Answer): void {
    keep(now, { answers: { ...now.answers, [field]: value }, refused: now.refused.filter((one) => one.field !== field) });
  }

  function submit(): void {
    const wrong = wrongIn(step, about);
    setFaults(faultsOf(form, wrong));
    if (wrong.length > 0) return;
    keep(now, {});
    go(hrefOf(found.possible.includes(now.command) ? after(form, about, step, toCheck) : meanwhile));
  }

  const heading = title === undefined ? commandLabel(now.command) : t(title);
  return (
    <Page title={heading} caption={<Progress deciding={deciding} step={step} />} questionIsHeading={alone} faults={faults} back={{ href: previous(deciding, step, toCheck), text: texts('common')('form.back') }}>
      {alone && <p class="govuk-caption-l"><Progress deciding={deciding} step={step} /></p>}
      <Reads step={step} about={about} />
      <Form onSubmit={submit} label={heading}>
        {step.questions.map((question) => (
          <Ask key={question.field} question={question} about={about} answer={now.answers[question.field] ?? blank(question.kind)}
            onAnswer={(value) => answer(question.field, value)} error={faultOf(faults, question.field)} heading={alone} />
        ))}
        <div class="govuk-button-group">
          <Button>{texts('common')('form.continue')}</Button>
          <span onClick={forget}><Link href={caseHref(found.case_id)}>{texts('common')('form.cancel')}</Link></span>
        </div>
      </Form>
    </Page>
  );
}

function Progress({ deciding: { form, about, now, found }, step }: { deciding: Deciding; step: Step }) {
  const t = useText('decide');
  const steps = asked(form, about);
  const i = steps.findIndex(({ name }) => name === step.name);
  const where = i < 0 || steps.length < 2 ? '' : t('step.number', { n: i + 1, of: steps.length });
  return <>{[found.case_reference, commandLabel(now.command), where].filter((part) => part !== '').join(' · ')}</>;
}

function previous({ form, about, found, hrefOf }: Deciding, step: Step, toCheck: boolean): string {
  if (toCheck) return hrefOf(checking);
  const steps = asked(form, about);
  const before = steps[steps.findIndex(({ name }) => name === step.name) - 1];
  return before === undefined ? caseHref(found.case_id) : hrefOf(before.name);
}
