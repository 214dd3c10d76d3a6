// Why a command was not done: the rule in words, what has changed meanwhile, and what to do next.

import type { Problem } from '../../lib/api.ts';
import { texts, word as wordOf } from '../../lib/i18n.ts';
import { agency } from '../../lib/names.ts';
import type { Fault } from '../../parts/index.ts';
import { Link, reasonOf as reason, Time } from '../../parts/index.ts';
import { word } from './words.ts';

/** Why something was not done, in a sentence. */
export function reasonOf(problem: Problem): string {
  return problem.rule === null ? reason(problem) : wordOf('decide', 'rule', problem.rule);
}

/** A problem as the fault of a page. */
export function refusalOf(problem: Problem | null): Fault[] {
  return problem === null ? [] : [{ message: reasonOf(problem) }];
}

/** What goes with a refusal: what has changed meanwhile, or where to sign in again. */
export function Refusal({ problem }: { problem: Problem | null }) {
  const t = texts('common');
  if (problem === null) return null;
  return (
    <>
      {problem.kind === 'step-up-required' && <p class="govuk-body"><Link href="/account">{texts('casework')('trouble.again')}</Link></p>}
      {problem.changes.length > 0 && (
        <section class="changes">
          <h2 class="govuk-heading-m">{t('problem.changes')}</h2>
          <ul class="govuk-list govuk-list--bullet">
            {problem.changes.map((change) => (
              <li key={`${change.type} ${change.accepted_at}`}>
                {t('problem.change', { event: word('event', change.type), agency: agency(change.agency) })} <Time at={change.accepted_at} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
