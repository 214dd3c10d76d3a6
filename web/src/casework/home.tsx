// The first page of the area.

import { texts } from '../lib/i18n.ts';
import { Page } from '../parts/index.ts';

export default function Home() {
  return <Page title={texts('casework')('heading')}><p class="govuk-body" /></Page>;
}
