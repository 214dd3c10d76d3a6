// The answers of a command, to be checked and signed before they are given; and what the service says where it does not take them.

import { useState } from 'preact/hooks';

import { type Command, give, type Problem, type Receipt } from '../../lib/api.ts';
import { texts, useText, word as wordOf } from '../../lib/i18n.ts';
import { leaveNotice } from '../../lib/notice.ts';
import { agency } from '../../lib/names.ts';
import { go, href } from '../../lib/route.ts';
import { session } from '../../lib/session.ts';
import { Button, Checkboxes, type Fact, type Fault, faultOf, Form, Link, Page, SummaryList, Warning } from '../../parts/index.ts';
import { CommandLinks } from '../case/possible.tsx';
import { moved } from '../case/store.ts';
import { caseHref, workHref } from '../links.ts';
import { asProblem } from '../loading.ts';
import { reasonOf, Refusal } from '../parts/refusal.tsx';
import { bodyOf, empty, happenedAt, refusedFields } from './answers.ts';
import { commandLabel, formOf } from './commands.ts';
import type { Deciding } from './deciding.ts';
import { forget, keep } from './draft.ts';
import { faultsOf, happened } from './faults.ts';
import { backTo } from './notnow.tsx';
import { said } from './said.ts';
import { SecondOfficer, Waits } from './second.tsx';
import { asked, type CommandForm, type Question } from './steps.ts';
import { checking, happening, meanwhile, stepOf, wrongWithAll } from './way.ts';

/** The page on which a command is given. */
export function Check({ deciding }: { deciding: Deciding }) {
  const t = useText('decide');
  const { form, now, about, hrefOf, found, busy, setBusy } = deciding;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [waiting, setWaiting] = useState<Receipt | null>(null);

  async function submit(): Promise<void> {
    const wrong = wrongWithAll(form, about);
    const unsigned = form.signed && !now.signed ? [{ name: 'signed', at: 'signed-first', message: t('check.unsigned') }] : [];
    const found = [...faultsOf(form, wrong, (field) => hrefOf(stepOf(form, field), checking)), ...unsigned];
    setFaults(found);
    setProblem(null);
    if (found.length > 0) return;
    setBusy(true);
    try {
      const receipt = await give(now.caseId, now.command as Command, bodyOf(form, about) as never, { key: now.id, position: now.base.position });
      forget();
      moved(now.caseId);
      if (form.second === undefined) leave(now.caseId, now.command, form);
      else setWaiting(receipt);
    } catch (error) {
      setBusy(false);
      await refuse(asProblem(error));
    }
  }

  async function refuse(refused: Problem): Promise<void> {
    if (refused.kind === 'case-has-moved') {
      await deciding.refresh();
      return go(hrefOf(meanwhile));
    }
    const fields = refusedFields(form, refused.errors);
    keep(now, { refused: fields });
    setProblem(refused);
    setFaults([{ message: reasonOf(refused) }, ...faultsOf(form, fields, (field) => hrefOf(stepOf(form, field), checking))]);
  }

  if (waiting !== null) return <Waits found={found} command={now.command} second={form.second ?? ''} receipt={waiting} />;
  return (
    <Page title={t('check.heading')} caption={`${found.case_reference} · ${commandLabel(now.command)}`} faults={faults} back={backTo(found)}>
      {problem !== null && <Refused problem={problem} deciding={deciding} />}
      <SummaryList facts={factsOf(deciding)} />
      {form.warning !== undefined && <Warning>{t(form.warning)}</Warning>}
      <Form onSubmit={() => { if (!busy) void submit(); }} label={t('check.heading')}>
        {form.signed ? (
          <Checkboxes name="signed" label={t('check.sign')} error={faultOf(faults, 'signed')} values={now.signed ? ['yes'] : []}
            onChange={(values) => keep(now, { signed: values.includes('yes') })} options={[{ value: 'yes', label: signature('check.who') }]} />
        ) : <p class="govuk-body">{signature('check.inName')}</p>}
        <div class="govuk-button-group">
          <Button disabled={busy} look={form.immediate ? 'warning' : 'primary'}>{commandLabel(now.command)}</Button>
          <span onClick={forget}><Link href={caseHref(found.case_id)}>{texts('common')('form.cancel')}</Link></span>
        </div>
      </Form>
    </Page>
  );
}

function signature(text: 'check.who' | 'check.inName'): string {
  const user = session.value?.user;
  return user === undefined ? '' : texts('decide')(text, { name: user.username, agency: agency(user.agency) });
}

function leave(caseId: string, command: string, form: CommandForm): void {
  leaveNotice(() => texts('decide')('action.done', { command: commandLabel(command) }));
  go(form.leaves ? workHref() : caseHref(caseId), { replace: true });
}

function factsOf({ form, about, hrefOf }: Deciding): Fact[] {
  const t = texts('decide');
  const shown = new Set(asked(form, about));
  const fact = (question: Question, step: string | null): Fact => ({
    term: t(question.label), value: <span class="prose">{said(question, about).join('\n')}</span>,
    ...(step !== null && { change: { href: hrefOf(step, checking), about: t(question.label) } }),
  });
  const answers = form.steps.filter((step) => shown.has(step) || (step.when?.(about) ?? true))
    .flatMap((step) => step.questions.map((question) => fact(question, shown.has(step) ? step.name : null)));
  if (form.immediate) return answers;
  const at = empty(about.answers[happenedAt]) ? t('check.now') : said(happened, about).join('');
  return [...answers, { term: t(happened.label), value: at, change: { href: hrefOf(happening, checking), about: t(happened.label) } }];
}

// Why the service did not take it, with what to do next.
function Refused({ problem, deciding: { now, found, hrefOf } }: { problem: Problem; deciding: Deciding }) {
  const t = useText('decide');
  const possible = problem.possible.filter((one) => one !== now.command && found.possible.includes(one) && formOf(one) !== null);
  if (problem.kind === 'step-up-required') {
    return <p class="govuk-body"><Link href={href('/account/again', { then: hrefOf(checking) })}>{texts('common')('page.showAgain')}</Link> {t('check.kept')}</p>;
  }
  return (
    <>
      <Refusal problem={problem} />
      {asksAnother(problem) && <SecondOfficer address={hrefOf(checking)} />}
      {possible.length > 0 && (
        <section aria-labelledby="possible">
          <h2 class="govuk-heading-m" id="possible">{wordOf('common', 'problem', 'possible')}</h2>
          <CommandLinks caseId={now.caseId} commands={possible} />
        </section>
      )}
    </>
  );
}

// The rules by which two people have to act.
function asksAnother({ rule }: Problem): boolean {
  return rule !== null && /\.(same_person|same_line|oneself)$/.test(rule);
}
