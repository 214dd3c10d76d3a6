// The files of a case, and adding one. A file is never changed; what replaces one is another file.

import { useRef, useState } from 'preact/hooks';

import { Problem } from '../../lib/api.ts';
import { number, useText } from '../../lib/i18n.ts';
import type { PageProps } from '../../lib/route.ts';
import { Button, Checkboxes, type Fault, faultOf, FileInput, Form, Inset, Notice, Table, Tag, Time } from '../../parts/index.ts';
import { CaseFrame } from '../case/frame.tsx';
import type { Opened } from '../case/store.ts';
import { accepted, addFile, fileAddress, mostBytes } from '../files.ts';
import { asProblem } from '../loading.ts';
import { reasonOf } from '../parts/refusal.tsx';

export default function DocumentsPage({ params: { id = '' }, query }: PageProps) {
  const [faults, setFaults] = useState<Fault[]>([]);
  return (
    <CaseFrame id={id} query={query} part="documents" faults={faults}>
      {(opened, refresh) => (
        <>
          <Files opened={opened} />
          {opened.asOf === null && opened.found.possible.includes('attach-file') && (
            <AddFile caseId={opened.id} added={refresh} faults={faults} show={setFaults} />
          )}
        </>
      )}
    </CaseFrame>
  );
}

function Files({ opened: { id, found } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.files.length === 0) return <Inset>{t('documents.none')}</Inset>;
  return (
    <Table caption={t('part.files')} captionHidden columns={[t('column.file'), { title: t('column.size'), numeric: true }, t('column.added'), t('documents.sha')]}
      rows={found.files.toReversed().map(({ file_id: file, size, added_at: at, details }) => ({
        key: file,
        cells: [
          details === null ? t('sealed') : (
            <>
              <a class="govuk-link" href={fileAddress(id, file)} download>{t('documents.saveNamed', { name: details.name })}</a>
              {details.original && <> <Tag colour="purple">{t('file.original')}</Tag></>}
            </>
          ),
          t('file.size', { kibibytes: number(Math.ceil(size / 1024)) }),
          <Time at={at} />,
          details === null ? null : <code class="code">{details.sha256}</code>,
        ],
      }))} />
  );
}

interface AddProps {
  caseId: string;
  added: () => Promise<void>;
  faults: Fault[];
  show: (faults: Fault[]) => void;
}

function AddFile({ caseId, added, faults, show }: AddProps) {
  const t = useText('casework');
  const [file, setFile] = useState<File | null>(null);
  const [original, setOriginal] = useState(false);
  const [state, setState] = useState<'open' | 'sending' | 'done'>('open');
  const [round, setRound] = useState(0); // makes the question anew after each file
  const id = useRef(crypto.randomUUID()); // of the file: whatever is repeated, it is this one

  function choose(chosen: File | null): void {
    setFile(chosen);
    id.current = crypto.randomUUID();
  }

  async function submit(): Promise<void> {
    const fault = faultOfFile(file, t);
    if (fault !== null || file === null) return show([{ name: 'file', message: fault ?? t('documents.missing') }]);
    show([]);
    setState('sending');
    const sent = id.current;
    try {
      await addFile(caseId, sent, file, original);
      await added();
      if (id.current !== sent) return setState('open'); // another was chosen meanwhile, and waits
      choose(null);
      setOriginal(false);
      setRound(round + 1);
      setState('done');
    } catch (error) {
      setState('open');
      show([{ name: 'file', message: refusal(asProblem(error), t) }]);
    }
  }

  return (
    <section aria-labelledby="add-file">
      <h2 class="govuk-heading-m" id="add-file">{t('documents.add')}</h2>
      {state === 'done' && <Notice>{t('documents.done')}</Notice>}
      <Form onSubmit={() => void submit()} label={t('documents.add')}>
        <FileInput key={round} name="file" label={t('documents.file')} hint={t('documents.hint')} error={faultOf(faults, 'file')} accept={accepted}
          onChoose={(chosen) => { choose(chosen); if (state === 'done') setState('open'); }} />
        {file?.type.startsWith('image/') && (
          <Checkboxes name="original" label={t('documents.evidence')} values={original ? ['evidence'] : []} onChange={(values) => setOriginal(values.length > 0)}
            options={[{ value: 'evidence', label: t('documents.original'), hint: t('documents.originalHint') }]} />
        )}
        <Button look="secondary" disabled={state === 'sending'}>{t(state === 'sending' ? 'documents.sending' : 'documents.submit')}</Button>
      </Form>
    </section>
  );
}

type Words = ReturnType<typeof useText<'casework'>>;

function faultOfFile(file: File | null, t: Words): string | null {
  if (file === null) return t('documents.missing');
  if (file.size === 0) return t('documents.empty');
  return file.size > mostBytes ? t('documents.large') : null;
}

function refusal(problem: Problem, t: Words): string {
  switch (problem.status) {
    case 413:
      return t('documents.large');
    case 415:
      return t('documents.unsupported');
    case 409: case 403: case 404: case 410:
      return reasonOf(problem);
  }
  return t('documents.refused');
}
