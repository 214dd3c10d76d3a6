// Who the case is about, on every page of it: the name as it was said, age, language, and what everybody has to know before anything else.

import type { ComponentChildren } from 'preact';

import { useText } from '../../lib/i18n.ts';
import { nameIn } from '../../lib/names.ts';
import { Tag } from '../../parts/index.ts';
import { type Answers, given } from '../answers.ts';
import { identityOf } from '../compare.ts';
import type { Case } from '../model.ts';
import { word } from '../parts/words.ts';

/** The bar with the person and the flags of a case. */
export function Identity({ found }: { found: Case }) {
  const t = useText('casework');
  const flags = flagsOf(found);
  return (
    <section class="identity" aria-label={t('case.identity')}>
      <p class="identity__person">{person(found, t)}</p>
      {flags.length > 0 && <ul class="identity__flags">{flags.map(({ key, tag }) => <li key={key}>{tag}</li>)}</ul>}
    </section>
  );
}

type Words = ReturnType<typeof useText<'casework'>>;

function person(found: Case, t: Words): ComponentChildren {
  const latest = found.screenings.at(-1);
  if (latest === undefined) return t('case.noForm');
  const answers = identityOf(found);
  const name = textOf(answers, 'd_name_said') ?? textOf(answers, 'd_given_name');
  const nickname = textOf(answers, 'd_nickname');
  const about = [age(answers, t), coded(answers, 'd_sex', (code) => word('sex', code)), coded(answers, 'd_nationality', (code) => nameIn('countries', code)),
    coded(answers, 'a_language', (code) => nameIn('languages', code)), interpreter(answers, t)].filter((text): text is string => text !== null);
  return (
    <>
      {name === null ? t('case.sealed') : <strong class="identity__name">{name}</strong>}
      {nickname !== null && ` (${t('case.nickname', { name: nickname })})`}
      {about.length > 0 && <span class="identity__about">{about.join(' · ')}</span>}
    </>
  );
}

function textOf(answers: Answers, item: string): string | null {
  const value = given(answers, item);
  return typeof value === 'string' ? value : null;
}

function coded(answers: Answers, item: string, name: (code: string) => string): string | null {
  const code = textOf(answers, item);
  return code === null ? null : name(code);
}

function age(answers: Answers, t: Words): string | null {
  const years = given(answers, 'd_age_years');
  if (typeof years === 'number') return t('case.years', { n: years });
  return coded(answers, 'd_age_band', (code) => word('age_band', code));
}

function interpreter(answers: Answers, t: Words): string | null {
  const used = textOf(answers, 'a_interpreter');
  return used === 'used' || used === 'needed_not_available' ? t('case.interpreter') : null;
}

interface Flag {
  key: string;
  tag: ComponentChildren;
}

function flagsOf(found: Case): Flag[] {
  const t = useText('casework');
  const flag = (key: string, here: boolean, colour: 'red' | 'purple' | 'orange' | 'grey', text: string): Flag[] =>
    (here ? [{ key, tag: <Tag colour={colour}>{text}</Tag> }] : []);
  return [
    ...flag('ended', !found.open, 'grey', t('case.flag.ended')),
    ...flag('urgent', found.urgent, 'red', t('case.flag.urgent')),
    ...flag('child', found.child !== null, 'purple', t(found.child?.branch === 'child' ? 'case.flag.child' : 'case.flag.mayBeChild')),
    ...flag('hold', found.hold, 'orange', t('case.flag.hold')),
    ...flag('legal', found.legal_hold, 'orange', t('case.flag.legalHold')),
    ...flag('excluded', found.exclusions.length > 0, 'grey', t('case.flag.excluded')),
    ...flag('glass', found.glass.some(({ running }) => running), 'red', t('case.flag.glass')),
  ];
}
