// What everybody who opens a case has to know before anything else, each as a sentence.

import { second } from '../../lib/clock.ts';
import { fullDateTime, fullDueTime, remaining } from '../../lib/dates.ts';
import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { Link, Warning } from '../../parts/index.ts';
import { caseHref } from '../links.ts';
import type { Case, Glass, Reader } from '../model.ts';
import { word, words } from '../parts/words.ts';
import type { Opened } from './store.ts';

/** The sentences about a case. */
export function Banners({ found, reader }: { found: Case; reader: Reader }) {
  const t = useText('casework');
  const running = found.glass.filter((one) => one.running);
  const lines = [
    ...running.filter(({ account }) => account !== reader.id).map((one) => t('banner.glassRuns', {
      agency: agency(one.agency), until: fullDateTime(one.until), scopes: words('scope', one.scopes),
    })),
    ...found.glass.filter((one) => !one.running && one.reviewed_at === null && one.review_by !== null).map((one) => t('banner.glassReview', {
      agency: agency(one.agency), until: fullDueTime(one.review_by ?? ''),
    })),
    found.legal_hold ? t('banner.legalHold') : null,
    found.erasure !== null ? t('banner.erasure', { stage: word('erasure_stage', found.erasure.stage) }) : null,
    found.exclusions.length > 0 ? t('banner.excluded') : null,
  ].filter((line): line is string => line !== null);
  return (
    <>
      {running.filter(({ account }) => account === reader.id).map((one) => <OwnGlass key={one.glass_id} glass={one} />)}
      {lines.map((line) => <Warning key={line}>{line}</Warning>)}
    </>
  );
}

// How long the reader may go on reading.
function OwnGlass({ glass }: { glass: Glass }) {
  const t = useText('casework');
  const { text } = remaining(glass.until, second.value);
  return <Warning>{t('glass.running', { until: fullDateTime(glass.until), left: text })}</Warning>;
}

/** What tells that a page shows the past. */
export function PastNotice({ opened }: { opened: Opened }) {
  const t = useText('casework');
  if (opened.asOf === null) return null;
  return (
    <div class="past" role="note">
      <p class="govuk-body"><strong>{t('asOf.notice')}</strong> {fullDateTime(opened.asOf)}</p>
      <p class="govuk-body">
        {t('asOf.readOnly')} <Link href={caseHref(opened.id, 'summary', { purpose: opened.purpose })}>{t('asOf.present')}</Link>{' '}
        <Link href={caseHref(opened.id, 'timeline', { as_of: opened.asOf })}>{t('asOf.change')}</Link>
      </p>
    </div>
  );
}

/** For which purpose sealed parts are open, where that is not the usual one. */
export function PurposeNotice({ opened }: { opened: Opened }) {
  const t = useText('casework');
  if (opened.purpose === null) return null;
  return (
    <div class="past" role="note">
      <p class="govuk-body">
        <strong>{t('purpose.now', { purpose: word('access_purpose', opened.purpose) })}</strong>{' '}
        <Link href={caseHref(opened.id, 'summary', { as_of: opened.asOf })}>{t('purpose.back')}</Link>
      </p>
    </div>
  );
}
