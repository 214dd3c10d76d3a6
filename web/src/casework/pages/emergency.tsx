// Opening a case in an emergency: also one that does not open otherwise, by its reference. Whether there is such a case is told by nothing but
// that it opens. Everything stands on one page, because whoever needs it has no time.

import { useRef, useState } from 'preact/hooks';

import { give, type Receipt, send, wrote } from '../../lib/api.ts';
import { codes } from '../../lib/codes.ts';
import { useText } from '../../lib/i18n.ts';
import type { PageProps } from '../../lib/route.ts';
import { Button, ButtonLink, Checkboxes, type Fault, faultOf, Form, Input, Inset, Page, Panel, Radios, TextArea, Warning } from '../../parts/index.ts';
import { startCounting } from '../counts.ts';
import { useGlassLimits } from '../limits.ts';
import { approvalHref, caseHref, workHref } from '../links.ts';
import { asProblem } from '../loading.ts';
import { useWritten } from '../own.ts';
import { reasonOf, Refusal } from '../parts/refusal.tsx';
import { spanOf, word } from '../parts/words.ts';

import '../casework.scss';

type Scope = 'identity' | 'sensitive' | 'location' | 'medical' | 'legal';
type Reason = ReturnType<typeof codes<'glass_reason'>>[number];

const scopes: readonly Scope[] = ['identity', 'sensitive', 'location', 'medical', 'legal'];
const sealed: readonly Scope[] = ['location', 'medical', 'legal'];

interface Written {
  which: 'known' | 'other';
  reference: string;
  reason: string;
  scopes: string[];
  text: string;
}

export default function EmergencyPage({ query }: PageProps) {
  startCounting();
  const known = query.get('case');
  const [opened, setOpened] = useState<{ receipt: Receipt; sealed: boolean } | null>(null);
  if (opened !== null) return <Opened {...opened} />;
  return <Ask known={known} opened={(receipt, asked) => setOpened({ receipt, sealed: asked })} />;
}

function Ask({ known, opened }: { known: string | null; opened: (receipt: Receipt, sealed: boolean) => void }) {
  const t = useText('casework');
  const [written, write] = useWritten<Written>(`emergency ${known ?? ''}`, {
    which: known === null ? 'other' : 'known', reference: '', reason: '', scopes: ['identity'], text: '',
  });
  const [faults, setFaults] = useState<Fault[]>([]);
  const [problem, setProblem] = useState<ReturnType<typeof asProblem> | null>(null);
  const [busy, setBusy] = useState(false);
  const keys = useRef(new Map<string, string>()); // of the grants that were asked for, by what they say
  const set = (more: Partial<Written>) => write({ ...written, ...more });

  async function submit(): Promise<void> {
    const wrong = missing(written, t);
    setFaults(wrong);
    if (wrong.length > 0) return;
    setBusy(true);
    try {
      const said = JSON.stringify(written);
      const key = keys.current.get(said) ?? crypto.randomUUID();
      keys.current.set(said, key);
      const receipt = await breakGlass(written, known, key);
      opened(receipt, written.scopes.some((scope) => sealed.includes(scope as Scope)));
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      setFaults([faultOfProblem(refused, t)]);
      setBusy(false);
    }
  }

  return (
    <Page title={t('emergency.heading')} faults={faults} back={{ href: workHref(), text: t('work.heading') }}>
      <Refusal problem={problem} />
      <p class="govuk-body">{t('emergency.lead')}</p>
      <Consequences />
      <Form onSubmit={() => void submit()} label={t('emergency.heading')}>
        <Which known={known} written={written} set={set} faults={faults} />
        <Radios name="reason" label={t('emergency.reason')} error={faultOf(faults, 'reason')} value={written.reason} onChange={(reason) => set({ reason })}
          options={codes('glass_reason').map((value) => ({ value, label: word('glass_reason', value) }))} />
        <Checkboxes name="scopes" label={t('emergency.scopes')} hint={t('emergency.scopesHint')} error={faultOf(faults, 'scopes')} values={written.scopes}
          onChange={(chosen) => set({ scopes: chosen })}
          options={scopes.map((value) => ({ value, label: word('scope', value), hint: sealed.includes(value) ? t('emergency.sealed') : undefined }))} />
        <TextArea name="text" label={t('emergency.text')} hint={t('emergency.textHint')} error={faultOf(faults, 'text')} value={written.text} onInput={(text) => set({ text })} />
        <Button look="warning" disabled={busy}>{t('emergency.submit')}</Button>
      </Form>
    </Page>
  );
}

type Words = ReturnType<typeof useText<'casework'>>;

function missing(written: Written, t: Words): Fault[] {
  return [
    ...(written.which === 'other' && written.reference.trim() === '' ? [{ name: 'reference', message: t('emergency.missing.reference') }] : []),
    ...(written.reason === '' ? [{ name: 'reason', at: 'reason-first', message: t('emergency.missing.reason') }] : []),
    ...(written.scopes.length === 0 ? [{ name: 'scopes', at: 'scopes-first', message: t('emergency.missing.scopes') }] : []),
    ...(written.text.trim() === '' ? [{ name: 'text', message: t('emergency.missing.text') }] : []),
  ];
}

async function breakGlass({ which, reference, reason, scopes: chosen, text }: Written, known: string | null, key: string): Promise<Receipt> {
  const body = { scopes: chosen as Scope[], reason: reason as Reason, text };
  if (which === 'known' && known !== null) return give(known, 'break-glass', body, { key });
  const receipt = await send('POST', '/api/v1/emergencies', { reference: reference.trim(), ...body }, { 'Idempotency-Key': key }) as Receipt;
  wrote(receipt.position);
  return receipt;
}

function faultOfProblem(problem: ReturnType<typeof asProblem>, t: Words): Fault {
  if (problem.status === 404) return { name: 'reference', message: t('emergency.nothing') };
  if (problem.errors.some(({ pointer }) => pointer === '/reference')) return { name: 'reference', message: t('find.malformed') };
  return { message: reasonOf(problem) };
}

function Consequences() {
  const t = useText('casework');
  const { reading, approval, review } = useGlassLimits();
  const span = (minutes: number | null) => (minutes === null ? t('emergency.unset') : spanOf(minutes));
  return (
    <section aria-labelledby="consequences">
      <h2 class="govuk-heading-m" id="consequences">{t('emergency.what')}</h2>
      <ul class="govuk-list govuk-list--bullet">
        <li>{t('emergency.limit', { span: span(reading) })}</li>
        <li>{t('emergency.told')}</li>
        <li>{t('emergency.review', { span: span(review) })}</li>
        <li>{t('emergency.second', { span: span(approval) })}</li>
      </ul>
    </section>
  );
}

interface WhichProps {
  known: string | null;
  written: Written;
  set: (more: Partial<Written>) => void;
  faults: Fault[];
}

function Which({ known, written, set, faults }: WhichProps) {
  const t = useText('casework');
  const reference = (
    <Input name="reference" label={t('emergency.reference')} hint={t('find.hint')} error={faultOf(faults, 'reference')} value={written.reference}
      onInput={(value) => set({ reference: value })} plain width={20} />
  );
  if (known === null) return reference;
  return (
    <Radios name="which" label={t('emergency.case')} value={written.which} onChange={(which) => set({ which: which as Written['which'] })}
      options={[{ value: 'known', label: t('emergency.known') }, { value: 'other', label: t('emergency.other'), more: reference }]} />
  );
}

function Opened({ receipt, sealed: waits }: { receipt: Receipt; sealed: boolean }) {
  const t = useText('casework');
  const { approval } = useGlassLimits();
  const { case_id: id, command_id: glass, case_reference: reference } = receipt;
  return (
    <Page title={t('emergency.open', { reference })} questionIsHeading>
      <Panel title={t('emergency.open', { reference })} />
      {waits && (
        <>
          <Warning>{t('emergency.approve.ask', { span: approval === null ? t('emergency.unset') : spanOf(approval) })}</Warning>
          <Inset><code class="code">{`${location.origin}${approvalHref(id, glass)}`}</code></Inset>
        </>
      )}
      <ButtonLink href={caseHref(id)}>{t('emergency.go')}</ButtonLink>
    </Page>
  );
}
