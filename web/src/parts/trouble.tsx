// What is shown when the service does not do what was asked.

import { Problem } from '../lib/api.ts';
import { texts } from '../lib/i18n.ts';
import { href } from '../lib/route.ts';
import { Button, Link } from './actions.tsx';
import { Page } from './page.tsx';

type Kind = 'missing' | 'forbidden' | 'erased' | 'damaged' | 'stepUp' | 'tooMany' | 'unreachable' | 'broken';

const byStatus: Readonly<Record<number, Kind>> = { 400: 'missing', 403: 'forbidden', 404: 'missing', 410: 'erased', 429: 'tooMany' };

function kindOf(error: unknown): Kind {
  if (!(error instanceof Problem)) return 'broken';
  if (error.kind === 'step-up-required') return 'stepUp';
  if (error.kind === 'case-damaged') return 'damaged';
  return byStatus[error.status] ?? 'unreachable';
}

/** The page in the place of one that could not be shown. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const t = texts('common');
  const kind = kindOf(error);
  return (
    <Page title={t(`trouble.${kind}.heading`)}>
      <p class="govuk-body">{t(`trouble.${kind}.text`)}</p>
      {kind === 'stepUp' && <p class="govuk-body"><Link href={href('/account/again', { then: location.pathname + location.search })}>{t('page.showAgain')}</Link></p>}
      {again && ['unreachable', 'damaged', 'tooMany', 'broken'].includes(kind)
        ? <Button onClick={again}>{t('trouble.retry')}</Button>
        : <p class="govuk-body"><Link href="/">{t('trouble.home')}</Link></p>}
    </Page>
  );
}

/** The page at an address that has none. */
export function NotFound() {
  const t = texts('common');
  return (
    <Page title={t('trouble.missing.heading')}>
      <p class="govuk-body">{t('trouble.missing.text')}</p>
      <p class="govuk-body"><Link href="/">{t('trouble.home')}</Link></p>
    </Page>
  );
}
