// A list as it was known at a moment: the question for it, and the word that the past is shown.

import { useState } from 'preact/hooks';

import { fullDateTime, momentFrom, partsOfMoment } from '../../lib/dates.ts';
import { useText } from '../../lib/i18n.ts';
import { Button, Details, Form, Link, MomentParts } from '../../parts/index.ts';

interface AsOfProps {
  asOf: string | null;
  choose: (moment: string) => void;
}

/** The question for a moment. */
export function AsOf({ asOf, choose }: AsOfProps) {
  const t = useText('casework');
  const [written, write] = useState(asOf === null ? { day: '', month: '', year: '', time: '' } : partsOfMoment(asOf));
  const [wrong, setWrong] = useState(false);

  function submit(): void {
    const moment = momentFrom(written);
    setWrong(moment === null);
    if (moment !== null) choose(moment);
    else document.getElementById('as-of-day')?.focus();
  }

  return (
    <Details summary={t('asOf.heading')} open={asOf !== null}>
      <Form onSubmit={submit} label={t('asOf.heading')}>
        <MomentParts name="as-of" label={t('asOf.label')} hint={t('asOf.hint')} error={wrong ? t('asOf.wrong') : null} value={written} onInput={write} />
        <Button look="secondary">{t('asOf.submit')}</Button>
      </Form>
    </Details>
  );
}

/** What tells that a list shows the past. */
export function Past({ asOf, present }: { asOf: string; present: string }) {
  const t = useText('casework');
  return (
    <div class="past" role="note">
      <p class="govuk-body"><strong>{t('asOf.notice')}</strong> {fullDateTime(asOf)}</p>
      <p class="govuk-body">{t('asOf.readOnly')} <Link href={present}>{t('asOf.present')}</Link></p>
    </div>
  );
}
