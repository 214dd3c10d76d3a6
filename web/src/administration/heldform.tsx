// One form in quarantine, and the decision on it: to record it as its officer's, or not to, and why.

import { useState } from 'preact/hooks';

import { client, ok } from '../lib/api.ts';
import { texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency } from '../lib/names.ts';
import type { PageProps } from '../lib/route.ts';
import { Button, type Fault, faultOf, Form, Notice, Radios, SummaryList, Time } from '../parts/index.ts';
import { Frame } from './frame.tsx';
import { Standing } from './held.tsx';
import { type HeldForm, heldRefusal, readHeldForm, reasons } from './heldforms.ts';

type Decision = 'release' | 'reject';

/** The page of a form. */
export default function HeldFormPage({ params }: PageProps) {
  const t = useText('administration');
  const id = params.id ?? '';
  const loaded = useLoaded(() => readHeldForm(id), [id]);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [done, setDone] = useState<Decision | null>(null);

  async function decide(decision: Decision, reason: string): Promise<void> {
    const path = { params: { path: { id } } };
    try {
      if (decision === 'release') await ok(client.POST('/api/v1/quarantine/{id}/release', path));
      else await ok(client.POST('/api/v1/quarantine/{id}/reject', { ...path, body: { reason: reason as HeldForm['reason'] & string } }));
      setFaults([]);
      await loaded.again();
      setDone(decision);
    } catch (error) {
      setFaults([heldRefusal(error)]);
    }
  }

  return (
    <Frame title={t('held.one')} back={{ href: '/held', text: t('held.heading') }} loaded={loaded} faults={faults}>
      {(form) => (
        <>
          {done !== null && <Notice>{t(done === 'release' ? 'held.released' : 'held.rejected')}</Notice>}
          <Facts form={form} />
          {form.state !== 'released' && form.bytes > 0 && <Decide form={form} faults={faults} show={setFaults} decide={decide} />}
        </>
      )}
    </Frame>
  );
}

function Facts({ form }: { form: HeldForm }) {
  const t = texts('administration');
  return (
    <SummaryList facts={[
      { term: t('people.state'), value: <Standing state={form.state} /> },
      { term: t('held.officer'), value: form.username },
      { term: t('accounts.agency'), value: agency(form.agency) },
      { term: t('held.source'), value: word('administration', 'held.source', form.source) },
      { term: t('held.at'), value: <Time at={form.held_at} /> },
      { term: t('held.number'), value: <span class="reference">{form.screening_id}</span> },
      ...(form.decided_at === undefined ? [] : [{ term: t('held.decided'), value: <Time at={form.decided_at} /> }]),
      ...(form.reason === undefined ? [] : [{ term: t('held.reason'), value: word('administration', 'held.reason', form.reason) }]),
    ]} />
  );
}

interface DecideProps {
  form: HeldForm;
  faults: readonly Fault[];
  show: (faults: Fault[]) => void;
  decide: (decision: Decision, reason: string) => Promise<void>;
}

function Decide({ form, faults, show, decide }: DecideProps) {
  const t = texts('administration');
  const [decision, setDecision] = useState<Decision | ''>('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  async function submit(): Promise<void> {
    if (busy) return;
    if (decision === '') return show([{ name: 'decision', at: 'decision-first', message: t('held.missing') }]);
    if (decision === 'reject' && reason === '') return show([{ name: 'reason', at: 'reason-first', message: t('held.missing.reason') }]);
    setBusy(true);
    await decide(decision, reason).finally(() => setBusy(false));
  }
  const why = (
    <Radios
      name="reason" label={t('held.reason')} error={faultOf(faults, 'reason')} value={reason} onChange={setReason}
      options={reasons.map((value) => ({ value, label: word('administration', 'held.reason', value) }))}
    />
  );
  return (
    <>
      <p class="govuk-body">{t('held.ask', { username: form.username })}</p>
      <Form onSubmit={() => void submit()} label={t('held.decision')}>
        <Radios
          name="decision" label={t('held.decision')} error={faultOf(faults, 'decision')} value={decision} onChange={(value) => setDecision(value as Decision)}
          options={[
            { value: 'release', label: t('held.release'), hint: t('held.release.hint') },
            ...(form.state === 'held' ? [{ value: 'reject', label: t('held.reject'), hint: t('held.reject.hint'), more: why }] : []),
          ]}
        />
        <Button disabled={busy}>{t('held.submit')}</Button>
      </Form>
    </>
  );
}
