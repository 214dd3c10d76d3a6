// What calls for action now: it is said where the answer is given and does not wait for the end. The numbers work without a network.

import { texts, type Key } from '../../lib/i18n.ts';
import type { Answers } from '../draft.ts';
import type { Current } from './current.ts';
import { dangers } from './path.ts';
import { formWords, labelOf } from './words.ts';

const numbers = [
  { number: '191', who: 'danger.police' },
  { number: '1669', who: 'danger.ambulance' },
  { number: '1300', who: 'danger.hotline' },
] as const;

const known: readonly string[] = [
  'c_danger_now', 'c_injury', 'c_urgent_medical', 'c_shelter_tonight', 'c_child_alone', 'c_threats', 'c_self_harm', 'l_still_under_control',
];

/** What to do now where an answer says that the person is in danger. */
export function DangerOf({ name }: { name: string }) {
  const t = texts('interview');
  const advice = known.includes(name) ? (`danger.${name}` as Key<'interview'>) : 'danger.other';
  return (
    <div class="danger" role="status">
      <h2 class="govuk-heading-m">{t('danger.heading')}</h2>
      <p class="govuk-body">{t(advice)}</p>
      <Numbers />
    </div>
  );
}

/** The dangers of the interview so far. */
export function DangersHere({ open, answers }: { open: Current; answers: Answers }) {
  const t = texts('interview');
  const found = dangers(open.form, answers);
  if (found.length === 0) return null;
  const words = formWords(open);
  return (
    <div class="danger">
      <h2 class="govuk-heading-m">{t('danger.heading')}</h2>
      <ul class="govuk-list govuk-list--bullet">{found.map((key) => <li key={key}>{labelOf(words, key)} <strong>{t('yes')}</strong></li>)}</ul>
      <p class="govuk-body">{t('danger.other')}</p>
      <Numbers />
    </div>
  );
}

function Numbers() {
  const t = texts('interview');
  return (
    <ul class="danger__numbers">
      {numbers.map(({ number, who }) => <li key={number}><a href={`tel:${number}`}><strong>{number}</strong> {t(who)}</a></li>)}
    </ul>
  );
}
