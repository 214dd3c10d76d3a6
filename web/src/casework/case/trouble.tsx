// What is shown in the place of a case that does not open. It never tells whether there is such a case; whoever has to act at once finds the
// emergency access here.

import { useText } from '../../lib/i18n.ts';
import type { Problem } from '../../lib/api.ts';
import { Inset, Link, Page, Trouble } from '../../parts/index.ts';
import { emergencyHref } from '../links.ts';
import { reader, works } from '../reader.ts';
import { ErasedCase } from './erased.tsx';

interface TroubleProps {
  id: string;
  problem: Problem;
  retry: () => Promise<void>;
}

/** The page for a case that could not be read. */
export function CaseTrouble({ id, problem, retry }: TroubleProps) {
  if (problem.status === 410) return <ErasedCase id={id} />;
  if (problem.kind === 'too-many-cases-opened') return <TooMany />;
  if (problem.status === 404) return <Absent id={id} />;
  return <Trouble error={problem} again={() => void retry()} />;
}

function Absent({ id }: { id: string }) {
  const t = useText('casework');
  return (
    <Page title={t('absent.heading')}>
      <p class="govuk-body">{t('absent.text')}</p>
      {works(reader()) && (
        <Inset>{t('emergency.offer')} <Link href={emergencyHref(id)}>{t('emergency.offerLink')}</Link></Inset>
      )}
    </Page>
  );
}

function TooMany() {
  const t = useText('casework');
  return <Page title={t('trouble.tooMany.heading')}><p class="govuk-body">{t('trouble.tooMany.text')}</p></Page>;
}
