// What has to be read before a question is answered: both sides of a disagreement, what the team found, what the person agreed to.

import { texts } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { SummaryList } from '../../parts/index.ts';
import { BothAnswers } from '../case/disagreements.tsx';
import { dataWords, word } from '../parts/words.ts';
import type { About, Step } from './steps.ts';

/** What is read above a step. */
export function Reads({ step, about }: { step: Step; about: About }) {
  switch (step.reads) {
    case 'disagreements':
      return <TwoAnswers about={about} />;
    case 'findings':
      return <Findings about={about} />;
    case 'consent':
      return <Consent about={about} />;
    default:
      return null;
  }
}

function TwoAnswers({ about: { found, answers } }: { about: About }) {
  const open = found.disagreements.filter(({ settled }) => !settled);
  const one = open.find(({ disagreement_id: id }) => id === answers.disagreement_id) ?? open[0];
  if (one === undefined) return null;
  return (
    <section aria-labelledby="two-answers">
      <h2 class="govuk-heading-m" id="two-answers">{texts('decide')('answers.heading')}</h2>
      <h3 class="govuk-heading-s">{word('subject', one.subject)}</h3>
      <BothAnswers disagreement={one} found={found} />
    </section>
  );
}

// Who of the team has been heard: what they found is sealed, and stands in the course of the case for those who may read it.
function Findings({ about: { found } }: { about: About }) {
  const t = texts('decide');
  if (!found.team) return null;
  return (
    <section aria-labelledby="findings">
      <h2 class="govuk-heading-m" id="findings">{t('findings.heading')}</h2>
      <SummaryList facts={found.team.members.map((member) => ({ term: agency(member.agency), value: t(member.heard ? 'findings.heard' : 'findings.waits') }))} />
    </section>
  );
}

function Consent({ about: { found } }: { about: About }) {
  const t = texts('decide');
  if (found.grants.length === 0) return null;
  return (
    <section aria-labelledby="consents">
      <h2 class="govuk-heading-m" id="consents">{t('consent.heading')}</h2>
      <SummaryList facts={found.grants.map((grant) => ({
        term: `${word('purpose', grant.purpose)}${grant.recipient ? `, ${agency(grant.recipient)}` : ''}`,
        value: grant.answer === 'given' ? `${word('consent', grant.answer)}: ${dataWords(grant.data)}` : word('consent', grant.answer),
      }))} />
    </section>
  );
}
