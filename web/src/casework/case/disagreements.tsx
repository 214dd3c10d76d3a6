// Two answers to one question that were given without knowing of each other, side by side: a person settles which one stands.

import { useText, word as wordOf } from '../../lib/i18n.ts';
import { ButtonLink, Tag, Time } from '../../parts/index.ts';
import { doHref } from '../links.ts';
import type { Case } from '../model.ts';
import { word } from '../parts/words.ts';
import type { Opened } from './store.ts';

type Disagreement = Case['disagreements'][number];

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
          <BothAnswers disagreement={one} />
          {!one.settled && asOf === null && found.possible.includes('settle-disagreement') && (
            <ButtonLink look="secondary" href={doHref(found.case_id, 'settle-disagreement', { disagreement_id: one.disagreement_id })}>{t('disagreement.settle')}</ButtonLink>
          )}
        </article>
      ))}
    </section>
  );
}

/** The two answers of a disagreement. */
export function BothAnswers({ disagreement }: { disagreement: Disagreement }) {
  const t = useText('casework');
  const { answers, subject } = disagreement;
  if (answers === null) return <p class="govuk-body">{t('sealed')}</p>;
  return (
    <>
      {answers.question && <p class="govuk-hint">{t('disagreement.question', { question: answers.question })}</p>}
      <div class="sides">
        {(['standing', 'other'] as const).map((side) => (
          <div class="sides__side" key={side}>
            <h4 class="govuk-heading-s">{wordOf('decide', 'kept', side)}</h4>
            <p class="govuk-body prose">{inWords(subject, answers[side])}</p>
          </div>
        ))}
      </div>
    </>
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
