// The person's words beneath a question, with how good they are, and the ways to have them heard and shown.

import { useEffect, useState } from 'preact/hooks';

import { language, texts } from '../../lib/i18n.ts';
import { Tag } from '../../parts/index.ts';
import { isOneOfSix } from './path.ts';
import { person, type Person, play, standingOf, stopPlaying } from './person.ts';

/** The question in the person's language. */
export function Aloud({ name, show }: { name: string; show: string }) {
  const t = texts('interview');
  const there = person.value;
  const words = there?.words.items?.[name];
  if (there === null || words === undefined) return <p class="govuk-hint">{t('aloud.none')}</p>;
  return (
    <div class="aloud">
      {there.language !== language.value && <p class="aloud__words" lang={there.language}>{words.label}</p>}
      <p class="aloud__ways">
        <Listen person={there} prompt={name} />
        <a class="govuk-link aloud__show" href={show}>{t('aloud.show')}</a>
      </p>
      <Standing person={there} name={name} />
    </div>
  );
}

/** How good the words are, where they are no official ones. */
export function Standing({ person: there, name }: { person: Person; name: string }) {
  const t = texts('interview');
  const standing = standingOf(there, name);
  if (standing === 'official') return <p class="aloud__standing"><Tag colour="green">{t('standing.official')}</Tag></p>;
  return (
    <p class="aloud__standing">
      <Tag colour="yellow">{t(`standing.${standing}`)}</Tag> {t(isOneOfSix(name) ? 'standing.six' : 'standing.about')}
    </p>
  );
}

/** A button that reads a prompt to the person. */
export function Listen({ person: there, prompt, big = false }: { person: Person; prompt: string; big?: boolean }) {
  const t = texts('interview');
  const [missing, setMissing] = useState(false);
  useEffect(() => stopPlaying, [prompt]);
  const kind = there.recordings?.manifest.kind;
  if (kind === undefined || there.recordings?.manifest.prompts[prompt] === undefined) return <span class="govuk-hint">{t('listen.none')}</span>;
  return (
    <span class="listen">
      <button
        class={big ? 'govuk-button govuk-button--secondary listen__button' : 'text-button listen__button'} type="button"
        onClick={() => void play(there, prompt).then((played) => setMissing(!played), () => setMissing(true))}
      >
        <svg class="listen__icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M4 9v6h4l5 4V5L8 9z M16 8.5a5 5 0 0 1 0 7 M18.5 6a8.5 8.5 0 0 1 0 12" /></svg>
        <span lang={big ? there.language : undefined}>{big ? there.text.listen : t('listen.play')}</span>
      </button>
      {kind !== 'recorded' && <span class="listen__kind">{t(`listen.${kind}`)}</span>}
      {missing && <span role="status"> {t('listen.missing')}</span>}
    </span>
  );
}
