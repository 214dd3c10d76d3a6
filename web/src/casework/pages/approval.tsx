// A second person lets the sealed parts of a case be opened that somebody opened in an emergency. They need not be able to read the case.

import { useState } from 'preact/hooks';

import { useText } from '../../lib/i18n.ts';
import type { PageProps } from '../../lib/route.ts';
import { Button, Form, Notice, Page, Warning } from '../../parts/index.ts';
import { useGiving } from '../giving.ts';
import { startCounting } from '../counts.ts';
import { workHref } from '../links.ts';
import { refusalOf, Refusal } from '../parts/refusal.tsx';

import '../casework.scss';

export default function ApprovalPage({ params: { case: caseId = '', glass = '' } }: PageProps) {
  const t = useText('casework');
  startCounting();
  const giving = useGiving();
  const [done, setDone] = useState(false);
  return (
    <Page title={t('emergency.approve.heading')} faults={refusalOf(giving.problem)} back={{ href: workHref(), text: t('work.heading') }}>
      <Refusal problem={giving.problem} />
      {done ? <Notice>{t('emergency.approve.done')}</Notice> : (
        <Form label={t('emergency.approve.heading')} onSubmit={() => void giving.give(caseId, 'approve-break-glass', { glass_id: glass }).then((receipt) => setDone(receipt !== null))}>
          <Warning>{t('emergency.approve.text')}</Warning>
          <Button disabled={giving.busy}>{t('emergency.approve.submit')}</Button>
        </Form>
      )}
    </Page>
  );
}
