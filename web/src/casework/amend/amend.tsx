// A form of a case at a desk: answers after a further talk, or a correction of those that were given. Its pages are the interview's.

import { useEffect, useRef, useState } from 'preact/hooks';

import { give, Problem } from '../../lib/api.ts';
import { texts, useText } from '../../lib/i18n.ts';
import { leaveNotice } from '../../lib/notice.ts';
import { go, type PageProps } from '../../lib/route.ts';
import { Button, type Fault, faultOf, Form, Inset, Link, NotFound, Page, Radios, Table, Trouble } from '../../parts/index.ts';
import { CheckAnswers, faultsOf } from '../../responder/form/check.tsx';
import { current, type Current, draft } from '../../responder/form/current.ts';
import { At } from '../../responder/form/interview.tsx';
import { answerWords, formWords, labelOf } from '../../responder/form/words.ts';
import type { Answer } from '../../responder/draft.ts';
import { useCase } from '../case/index.ts';
import { moved, type Opened } from '../case/store.ts';
import { CaseTrouble } from '../case/trouble.tsx';
import { NotNow } from '../decide/notnow.tsx';
import { caseHref, formHref } from '../links.ts';
import { asProblem } from '../loading.ts';
import { Loading } from '../parts/loading.tsx';
import { refusalOf, Refusal } from '../parts/refusal.tsx';
import { commandLabel, word } from '../parts/words.ts';
import { begin, changedKeys, type Filling, fillingOf, forget, type Sending, sendingOf } from './filling.ts';

import '../casework.scss';

const anew = 'new'; // in the place of the form that is corrected

export default function Amend({ params: { id = '', screening = anew, rest = '' } }: PageProps) {
  const { opened, fresh, refresh } = useCase({ id, asOf: null, purpose: null });
  const command = screening === anew ? 'record-screening' : 'correct-screening';
  if (opened.state === 'failed') return <CaseTrouble id={id} problem={opened.problem} retry={refresh} />;
  const begun = fillingOf(id, screening === anew ? null : screening) !== null;
  if (opened.state === 'loading' || !fresh && !begun) return <Page title={commandLabel(command)}><Loading /></Page>;
  const { found } = opened.value;
  const chosen = found.screenings.find(({ screening_id: one }) => one === screening) ?? null;
  if (screening !== anew && chosen === null) return <NotFound />;
  if (!begun && !found.possible.includes(command)) return <NotNow found={found} command={command} text={texts('decide')('action.notNow')} />;
  if (!begun && chosen !== null && chosen.answers === null) return <NotNow found={found} command={command} text={texts('decide')('amend.sealed')} />;
  return <Filled opened={opened.value} screening={chosen?.screening_id ?? null} rest={rest} />;
}

function Filled({ opened, screening, rest }: { opened: Opened; screening: string | null; rest: string }) {
  const [error, setError] = useState<unknown>(null);
  const filling = fillingOf(opened.id, screening);
  const open = () => {
    setError(null);
    begin(opened, opened.found.screenings.find(({ screening_id: one }) => one === screening) ?? null).catch(setError);
  };
  useEffect(() => { if (filling === null) open(); }, [opened.id, screening]);
  if (error !== null) return <Trouble error={error} again={open} />;
  if (filling === null) return <div class="waiting" aria-busy="true" />;
  return <At id={filling.draft} rest={rest} taken={screening !== null} finish={() => <Send filling={filling} />} />;
}

const reasons = ['wrong_entry', 'person_corrected', 'new_information', 'interpretation'] as const;

// The last page: what comes of it, with the old and the new answers where a form is corrected.
function Send({ filling }: { filling: Filling }) {
  const t = useText('decide');
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<Fault[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const sent = useRef<Sending | null>(null);
  const [open, now] = [current.value, draft.value];
  if (open === null || now === null) return null;
  if (faultsOf(open, now).length > 0) return <CheckAnswers id={now.id} />;
  const { caseId, screening } = filling;
  const kind = screening === null ? 'record' : 'correct';
  const changed = changedKeys(filling);

  async function submit(): Promise<void> {
    if (busy) return;
    if (screening !== null && reason === '') return setFaults([{ name: 'reason', at: 'reason-first', message: t('amend.reason.missing') }]);
    const sending = (sent.current = sendingOf(reason, sent.current));
    if (sending === null) return;
    setFaults([]);
    setProblem(null);
    setBusy(true);
    try {
      await record(filling, reason, sending);
      forget();
      moved(caseId);
      leaveNotice(() => texts('decide')(`amend.${kind}.done`));
      go(caseHref(caseId, 'screening'), { replace: true });
    } catch (failure) {
      setProblem(asProblem(failure));
      setBusy(false);
    }
  }

  return (
    <Page title={t(`amend.${kind}.heading`)} back={{ href: formHref(caseId, screening?.screening_id ?? null, 'check'), text: t('amend.back') }} faults={[...faults, ...refusalOf(problem)]} wide={kind === 'correct'}>
      <Refusal problem={problem} />
      {screening !== null && changed.length === 0 ? (
        <>
          <Inset>{t('amend.unchanged')}</Inset>
          <p class="govuk-body"><Link href={formHref(caseId, screening.screening_id)}>{t('amend.back')}</Link></p>
        </>
      ) : (
        <Form onSubmit={() => void submit()} label={t(`amend.${kind}.heading`)}>
          <p class="govuk-body">{t(`amend.${kind}.text`)}</p>
          {screening !== null && (
            <>
              <Differences open={open} filling={filling} changed={changed} />
              <Radios
                name="reason" label={t('amend.reason')} error={faultOf(faults, 'reason')} value={reason} onChange={setReason}
                options={reasons.map((value) => ({ value, label: word('correction_reason', value) }))}
              />
            </>
          )}
          <Button disabled={busy}>{t(`amend.${kind}.button`)}</Button>
        </Form>
      )}
    </Page>
  );
}

async function record({ caseId, screening, basedOn }: Filling, reason: string, { key, form }: Sending): Promise<void> {
  if (screening === null) {
    await give(caseId, 'record-screening', form as never, { key, basedOn });
    return;
  }
  const correction = { screening_id: screening.screening_id, reason: reason as (typeof reasons)[number], screening: form as never };
  await give(caseId, 'correct-screening', correction, { key, basedOn });
}

function Differences({ open, filling, changed }: { open: Current; filling: Filling; changed: readonly string[] }) {
  const t = texts('decide');
  const words = formWords(open);
  const after = draft.value?.answers ?? {};
  return (
    <Table
      caption={t('amend.correct.heading')} captionHidden columns={[t('amend.question'), t('amend.old'), t('amend.new')]}
      rows={changed.map((key) => ({
        key, cells: [labelOf(words, key), <Words open={open} name={key} given={filling.before[key]} />, <Words open={open} name={key} given={after[key]} />],
      }))}
    />
  );
}

function Words({ open, name, given }: { open: Current; name: string; given: Answer | undefined }) {
  const item = open.form.items.get(name);
  if (item === undefined || given === undefined) return <em>{texts('decide')('amend.nothing')}</em>;
  const lines = answerWords(open, item, given);
  return <>{lines.map((line, i) => <div class="as-typed" key={i}>{line}</div>)}</>;
}
