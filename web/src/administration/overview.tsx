// Where administration begins: what can be looked after, with a word on each.

import { type Key, useText } from '../lib/i18n.ts';
import { Page } from '../parts/index.ts';

const places = ['people', 'agencies', 'devices', 'held', 'forms', 'limits', 'holidays', 'retention'] as const;

/** The overview. */
export default function Overview() {
  const t = useText('administration');
  return (
    <Page title={t('heading')}>
      <p class="govuk-body">{t('overview.about')}</p>
      <ul class="govuk-list places">
        {places.map((place) => (
          <li key={place}>
            <h2 class="govuk-heading-s"><a class="govuk-link" href={place === 'held' ? '/held' : `/administration/${place}`}>{t(`${place}.heading` as Key<'administration'>)}</a></h2>
            <p class="govuk-body">{t(`${place}.about` as Key<'administration'>)}</p>
          </li>
        ))}
      </ul>
    </Page>
  );
}
