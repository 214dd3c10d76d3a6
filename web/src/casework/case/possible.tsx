// What the reader can do with a case now, by what it is about.

import { useText } from '../../lib/i18n.ts';
import { Details, Link } from '../../parts/index.ts';
import { doHref } from '../links.ts';
import { commandLabel } from '../parts/words.ts';
import type { Opened } from './store.ts';

// Commands that are given where what they are about is shown, and have no page of their own.
const elsewhere = ['attach-file', 'undo-link', 'refuse-duplicate'];

const guards = [
  'exclude', 'lift-exclusion', 'approve-lift-exclusion', 'break-glass', 'approve-break-glass', 'review-break-glass', 'set-legal-hold', 'lift-legal-hold',
  'request-erasure', 'approve-erasure', 'refuse-erasure',
];

/** Whether a command is about who may see a case, and for how long. */
export function isGuard(command: string): boolean {
  return guards.includes(command);
}

/** The commands that a case takes from the reader. */
export function PossibleCommands({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  const here = found.possible.filter((command) => !elsewhere.includes(command) && !isGuard(command));
  if (here.length === 0) return null;
  return (
    <section aria-labelledby="possible">
      <h2 class="govuk-heading-m" id="possible">{t('column.do')}</h2>
      <CommandLinks caseId={found.case_id} commands={here.slice(0, 8)} />
      {here.length > 8 && <Details summary={t('summary.more')}><CommandLinks caseId={found.case_id} commands={here.slice(8)} /></Details>}
    </section>
  );
}

/** Commands as links to their pages. */
export function CommandLinks({ caseId, commands }: { caseId: string; commands: readonly string[] }) {
  return (
    <ul class="govuk-list commands">
      {commands.map((command) => <li key={command}><Link href={doHref(caseId, command)}>{commandLabel(command)}</Link></li>)}
    </ul>
  );
}
