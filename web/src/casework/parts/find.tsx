// Opening a case by the reference that somebody reads out. It tells nothing of cases that are not for the reader.

import { useState } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { useText } from '../../lib/i18n.ts';
import { go } from '../../lib/route.ts';
import { Button, Form, Input, Link } from '../../parts/index.ts';
import { caseHref, emergencyHref } from '../links.ts';
import { asProblem } from '../loading.ts';
import { reader, works } from '../reader.ts';
import { reasonOf } from './refusal.tsx';

/** The question for a reference. */
export function Find() {
  const t = useText('casework');
  const [reference, setReference] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [absent, setAbsent] = useState(false);

  async function submit(): Promise<void> {
    setAbsent(false);
    if (reference.trim() === '') return refuse(t('find.missing'));
    try {
      const found = await ok(client.GET('/api/v1/references/{reference}', { params: { path: { reference: reference.trim() } } }));
      go(caseHref(found.case_id));
    } catch (error) {
      const problem = asProblem(error);
      setAbsent(problem.status === 404);
      refuse(problem.status === 404 ? t('find.nothing') : problem.status === 400 ? t('find.malformed') : reasonOf(problem));
    }
  }

  function refuse(message: string): void {
    setFault(message);
    document.getElementById('reference')?.focus();
  }

  return (
    <search class="find" aria-label={t('find.label')}>
      <Form onSubmit={() => void submit()} label={t('find.label')}>
        <Input name="reference" label={t('find.label')} hint={t('find.hint')} error={fault} value={reference} onInput={setReference} plain width={20} />
        <Button look="secondary">{t('find.submit')}</Button>
        {absent && works(reader()) && <p class="govuk-body"><Link href={emergencyHref()}>{t('nav.emergency')}</Link></p>}
      </Form>
    </search>
  );
}
