// What was decided on a case, with the reasons and the dissent, as far as the reader may know them.

import { useText } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import { Time } from '../../parts/index.ts';
import type { Case } from '../model.ts';
import { word } from '../parts/words.ts';
import type { Opened } from './store.ts';

type Decision = Case['decisions'][number];

// What the reasons of a decision hold; they lie sealed in the log, so that the description leaves their shape open.
interface Reasons {
  outcome?: string;
  grounds?: string;
  narrative?: string;
  elements?: Record<string, string>;
  dissent?: { agency: string; outcome: string; reasons: string }[];
}

/** The decisions, the latest first. */
export function Decisions({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  if (found.decisions.length === 0) return null;
  return (
    <section aria-labelledby="decisions">
      <h2 class="govuk-heading-m" id="decisions">{t('part.decisions')}</h2>
      {found.decisions.toReversed().map((one) => <One key={`${one.type} ${one.happened_at}`} decision={one} />)}
    </section>
  );
}

function One({ decision }: { decision: Decision }) {
  const t = useText('casework');
  const reasons = decision.reasons as Reasons | null;
  return (
    <article class="card">
      <h3 class="govuk-heading-s">{word('event', decision.type)}: {resultOf(decision, reasons)}</h3>
      <p class="govuk-hint"><Time at={decision.happened_at} as="full" /></p>
      {reasons === null ? <p class="govuk-body">{t('sealed')}</p> : (
        <>
          {reasons.elements !== undefined && (
            <p class="govuk-body">{Object.entries(reasons.elements).map(([element, found]) => `${word('element', element)}: ${word('assessment', found)}`).join('; ')}</p>
          )}
          <p class="govuk-body prose">{reasons.grounds ?? reasons.narrative ?? ''}</p>
          {reasons.dissent?.map((one) => (
            <p class="govuk-body" key={one.agency}>{t('decision.dissent', { agency: agency(one.agency), outcome: word('outcome', one.outcome), reasons: one.reasons })}</p>
          ))}
        </>
      )}
    </article>
  );
}

function resultOf({ type, result }: Decision, reasons: Reasons | null): string {
  if (type === 'screening.concluded') return word('grounds', result);
  return reasons?.outcome === undefined ? word('status', result) : word('outcome', reasons.outcome);
}
