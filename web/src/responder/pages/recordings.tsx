// The recordings on the phone, a language at a time.

import { useState } from 'preact/hooks';

import { number, texts } from '../../lib/i18n.ts';
import { useLoaded } from '../../lib/loaded.ts';
import { SummaryList, TextButton } from '../../parts/index.ts';
import { personLanguages } from '../form/languages.ts';
import { offeredRecordings, sizeOf } from '../form/recordings.ts';
import { downloadAudio, reference, removeAudio } from '../store/reference.ts';
import { whyNot } from './words.ts';

const megabyte = 1_000_000;

/** What can be listened to without a connection, and the ways to have it here or not. */
export function Recordings() {
  const t = texts('responder');
  return (
    <section>
      <h2 class="govuk-heading-m">{t('audio.heading')}</h2>
      <p class="govuk-body">{t('audio.text')}</p>
      <SummaryList facts={personLanguages.map(({ tag, name }) => ({ term: <span lang={tag}>{name}</span>, value: <Language tag={tag} name={name} /> }))} />
    </section>
  );
}

function Language({ tag, name }: { tag: string; name: string }) {
  const t = texts('responder');
  const { data: kept, again } = useLoaded(() => reference.audio(tag), [tag]);
  const { data: offered } = useLoaded(() => offeredRecordings(tag).catch(() => null), [tag]);
  const [share, setShare] = useState<number | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  async function download(): Promise<void> {
    setSaid(null);
    try {
      await downloadAudio(tag, (bytes, of) => setShare(bytes / of));
      await again();
    } catch (error) {
      setSaid(whyNot(error));
    }
    setShare(null);
  }
  if (kept !== null) return <>{t('audio.here')} <TextButton about={name} onClick={() => void removeAudio(tag).then(again)}>{t('audio.remove')}</TextButton></>;
  if (share !== null) return <>{t('audio.progress', { percent: number(Math.round(100 * share)) })}</>;
  if (offered === null) return <>{t('audio.none')}</>;
  return (
    <>
      {t('audio.size', { n: number(Math.max(sizeOf(offered) / megabyte, 0.1), { maximumFractionDigits: 1 }) })}{' '}
      <TextButton about={name} onClick={() => void download()}>{t('audio.download')}</TextButton>
      {said !== null && <p class="govuk-error-message" role="alert">{said}</p>}
    </>
  );
}
