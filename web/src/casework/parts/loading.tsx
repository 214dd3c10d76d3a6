// What stands on a page until the service has answered.

import { texts } from '../../lib/i18n.ts';

/** Says that something is on its way. */
export function Loading() {
  return <p class="govuk-body loading" aria-live="polite">{texts('casework')('case.loading')}</p>;
}
