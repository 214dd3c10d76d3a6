// One agency: who works for it, and the way to end all its sessions at once when it can be trusted no more.

import { useState } from 'preact/hooks';

import { client, Problem } from '../lib/api.ts';
import { texts, useText, word } from '../lib/i18n.ts';
import { useLoaded } from '../lib/loaded.ts';
import { agency, entries, loadNames, province } from '../lib/names.ts';
import { leaveNotice } from '../lib/notice.ts';
import { go, href, type PageProps } from '../lib/route.ts';
import { Button, Details, type Fault, Link, SummaryList, Warning } from '../parts/index.ts';
import { refusal } from './accounts.ts';
import { Frame } from './frame.tsx';

/** The page of an agency. */
export default function Agency({ params }: PageProps) {
  const t = useText('administration');
  const code = params.code ?? '';
  const loaded = useLoaded(() => find(code), [code]);
  const [faults, setFaults] = useState<Fault[]>([]);

  async function endSessions(): Promise<void> {
    try {
      await client.POST('/api/v1/revocations', { body: { agency: code } });
      leaveNotice(() => texts('administration')('agencies.ended'));
      go('/administration/agencies');
    } catch (error) {
      setFaults([refusal(error)]);
    }
  }

  return (
    <Frame title={agency(code)} back={{ href: '/administration/agencies', text: t('agencies.heading') }} loaded={loaded} faults={faults}>
      {({ kind, province: at }) => (
        <>
          <SummaryList facts={[
            { term: t('agencies.code'), value: <code>{code}</code> },
            { term: t('agencies.kind'), value: word('administration', 'agencies.kind', kind ?? '') },
            { term: t('agencies.province'), value: at ? province(at) : t('agencies.country') },
          ]} />
          <p class="govuk-body"><Link href={href('/administration/people', { agency: code })}>{t('agencies.who')}</Link></p>
          <Details summary={t('agencies.end')}>
            <Warning>{t('agencies.end.comes')}</Warning>
            <Button look="warning" onClick={() => void endSessions()}>{t('agencies.end')}</Button>
          </Details>
        </>
      )}
    </Frame>
  );
}

async function find(code: string) {
  await loadNames('agencies', 'provinces');
  const found = entries('agencies').find((entry) => entry.code === code);
  if (found === undefined) throw new Problem(404);
  return found;
}
