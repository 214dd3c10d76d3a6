// Two answers to one question that were given without knowing of each other, side by side: a person settles which one stands.

import type { ComponentChildren } from 'preact';
import { useCallback } from 'preact/hooks';

import { language, useText, word as wordOf } from '../../lib/i18n.ts';
import { ButtonLink, Tag, Time, Trouble } from '../../parts/index.ts';
import { type Answer, rowOf } from '../answers.ts';
import { form, nameOfCode } from '../form.ts';
import { doHref } from '../links.ts';
import { useLoading } from '../loading.ts';
import type { Case } from '../model.ts';
import { AnswerOf } from '../parts/answer.tsx';
import { Loading } from '../parts/loading.tsx';
import { word } from '../parts/words.ts';
import type { Opened } from './store.ts';

type Disagreement = Case['disagreements'][number];
type Answers = NonNullable<Disagreement['answers']>;

const sides = ['standing', 'other'] as const;
type Side = (typeof sides)[number];

/** The disagreements of a case. */
export function Disagreements({ opened: { found, asOf } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.disagreements.length === 0) return null;
  return (
    <section aria-labelledby="disagreements">
      <h2 class="govuk-heading-m" id="disagreements" tabIndex={-1}>{t('part.disagreements')}</h2>
      {found.disagreements.map((one) => (
        <article class="card" key={one.disagreement_id}>
          <h3 class="govuk-heading-s">{word('subject', one.subject)} {!one.settled && <Tag colour="yellow">{t('disagreement.toSettle')}</Tag>}</h3>
          <p class="govuk-hint">{t(one.settled ? 'disagreement.settled' : 'disagreement.open')}, <Time at={one.since} /></p>
          <BothAnswers disagreement={one} found={found} />
          {!one.settled && asOf === null && found.possible.includes('settle-disagreement') && (
            <ButtonLink look="secondary" href={doHref(found.case_id, 'settle-disagreement', { disagreement_id: one.disagreement_id })}>{t('disagreement.settle')}</ButtonLink>
          )}
        </article>
      ))}
    </section>
  );
}

/** The two answers of a disagreement. */
export function BothAnswers({ disagreement: { answers, subject }, found }: { disagreement: Disagreement; found: Case }) {
  const t = useText('casework');
  if (answers === null) return <p class="govuk-body">{t('sealed')}</p>;
  const screening = found.screenings.find(({ screening_id: id }) => id === answers.of);
  if (subject === 'answer' && screening !== undefined) return <OfForm answers={answers} version={screening.form_version} />;
  return (
    <>
      {answers.question && <Question>{word('purpose', answers.question)}</Question>}
      <Sides side={(side) => inWords(subject, answers[side])} />
    </>
  );
}

// Answers to a question of a form, in the words of the version that was filled in.
function OfForm({ answers, version }: { answers: Answers; version: number }) {
  const t = useText('casework');
  const { loaded, reload } = useLoading(`${version} ${language.value}`, useCallback(() => form(version, language.value), [version]), false);
  if (loaded.state === 'failed') return <Trouble error={loaded.problem} again={() => void reload()} />;
  if (loaded.state === 'loading') return <Loading />;
  const { schema, text } = loaded.value;
  const words = { text, nameOf: nameOfCode, yes: t('answer.yes'), no: t('answer.no') };
  return (
    <>
      <Question>{text.items[answers.question]?.label ?? answers.question}</Question>
      <Sides side={(side) => {
        const answer = JSON.parse(answers[side]) as Answer | null; // null: whoever corrected the form took the answer out of it
        return answer === null ? <em>{t('answer.none')}</em>
          : <AnswerOf row={rowOf(schema, answers.question, answer, words)} declined={text.choices['state'] ?? {}} />;
      }} />
    </>
  );
}

function Question({ children }: { children: string }) {
  return <p class="govuk-body"><strong>{children}</strong></p>;
}

function Sides({ side: shown }: { side: (side: Side) => ComponentChildren }) {
  return (
    <div class="sides">
      {sides.map((side) => (
        <div class="sides__side" key={side}>
          <h4 class="govuk-heading-s">{wordOf('decide', 'kept', side)}</h4>
          <div class="govuk-body prose">{shown(side)}</div>
        </div>
      ))}
    </div>
  );
}

const lists: Record<string, string> = { consent: 'consent', screening_conclusion: 'grounds', identification: 'outcome' };

function inWords(subject: string, json: string): string {
  const value: unknown = JSON.parse(json);
  const list = lists[subject];
  return list !== undefined && typeof value === 'string' ? word(list, value) : plain(value);
}

function plain(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'value' in value) return plain(value.value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
