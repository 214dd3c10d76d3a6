// An erased case: that it was, who wanted it, and the certificate that says so. Nothing of what the case said is left.

import { useCallback } from 'preact/hooks';

import { client, ok } from '../../lib/api.ts';
import { useText } from '../../lib/i18n.ts';
import { Button, Page, SummaryList, Time, Trouble } from '../../parts/index.ts';
import { useLoading } from '../loading.ts';
import type { Erasure } from '../model.ts';
import { save } from '../parts/save.ts';
import { reasonText } from '../parts/words.ts';

type Certificate = NonNullable<Erasure['certificate']>;

/** The page of an erased case. */
export function ErasedCase({ id }: { id: string }) {
  const t = useText('casework');
  const { loaded, reload } = useLoading(id, useCallback((signal: AbortSignal) =>
    ok(client.GET('/api/v1/cases/{id}/erasure', { params: { path: { id } }, signal })), [id]));
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  const certificate = loaded.state === 'ready' ? loaded.value.certificate : null;
  return (
    <Page title={t('erased.heading')}>
      <p class="govuk-body">{t('erased.text')}</p>
      {certificate !== null ? <Shown certificate={certificate} /> : loaded.state === 'ready' && <p class="govuk-body">{t('erased.waits')}</p>}
    </Page>
  );
}

function Shown({ certificate }: { certificate: Certificate }) {
  const t = useText('casework');
  const time = (at: string | null) => (at === null ? null : <Time at={at} as="full" />);
  return (
    <>
      <h2 class="govuk-heading-m">{t('erased.certificate')}</h2>
      <SummaryList facts={[
        { term: t('column.reference'), value: certificate.case_reference },
        { term: t('erased.reason'), value: reasonText(certificate.reason) },
        { term: t('erased.requested'), value: time(certificate.requested_at) },
        { term: t('erased.approved'), value: time(certificate.approved_at) },
        { term: t('erased.destroyed'), value: time(certificate.destroyed_at) },
        { term: t('erased.keys'), value: String(certificate.keys.length) },
        { term: t('erased.signature'), value: <code class="code">{certificate.signature}</code> },
      ]} />
      {certificate.synthetic && <p class="govuk-body">{t('erased.synthetic')}</p>}
      <Button look="secondary" onClick={() => save(new Blob([JSON.stringify(certificate, null, 2)], { type: 'application/json' }), `certificate-${certificate.case_id}.json`)}>
        {t('erased.save')}
      </Button>
    </>
  );
}
