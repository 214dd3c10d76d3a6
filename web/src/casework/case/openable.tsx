// What of a case is not open to the reader, and for which purposes they may open it. Saying what for is a deliberate step, and on record.

import { useText } from '../../lib/i18n.ts';
import { Link } from '../../parts/index.ts';
import { caseHref } from '../links.ts';
import { word } from '../parts/words.ts';
import type { Opened } from './store.ts';

/** The classes that the reader may open for a purpose. */
export function Openable({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.openable.length === 0) return null;
  return (
    <section aria-labelledby="openable">
      <h2 class="govuk-heading-m" id="openable">{t('openable.heading')}</h2>
      <p class="govuk-body">{t('openable.text')}</p>
      <ul class="govuk-list">
        {found.openable.flatMap((one) => one.purposes.map((purpose) => (
          <li key={`${one.class} ${purpose}`}>
            <Link href={caseHref(found.case_id, 'summary', { as_of: asOf, purpose })}>
              {t('openable.open', { class: word('class', one.class), purpose: word('access_purpose', purpose) })}
            </Link>
          </li>
        )))}
      </ul>
    </section>
  );
}
