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

// What is done every day, in the order in which it is offered before all else.
const daily = ['assign', 'add-note', 'refer', 'request-service'];

// Everything else by what it is about. What is in no group stands in the last.
const groups = {
  decisions: [
    'record-screening', 'correct-screening', 'conclude-screening', 'convene-team', 'hold-interview', 'give-finding', 'decide-identification',
    'request-reassessment', 'settle-disagreement',
  ],
  person: [
    'record-consent', 'withdraw-consent', 'acknowledge-withdrawal', 'record-needs', 'assess-safety', 'give-information', 'appoint-representative',
    'assess-interests', 'set-hold', 'lift-hold', 'start-period', 'extend-period', 'pause-period', 'resume-period', 'end-period',
  ],
  referral: ['accept', 'decline', 'revoke', 'complete', 'request-hand-over', 'grant-hand-over', 'refuse-hand-over'],
  protection: [
    'agree-plan', 'accept-service', 'decline-service', 'deliver-service', 'refuse-service', 'place-in-shelter', 'leave-shelter', 'assess-risk',
    'file-claim', 'advance-claim', 'arrange-return', 'complete-return', 'follow-up',
  ],
  other: [],
} as const;

type Group = keyof typeof groups;

function groupOf(command: string): Group {
  const names = Object.keys(groups) as Group[];
  return names.find((name) => (groups[name] as readonly string[]).includes(command)) ?? 'other';
}

/** The commands that a case takes from the reader: those of every day, and the others by what they are about. */
export function PossibleCommands({ opened: { found } }: { opened: Opened }) {
  const t = useText('casework');
  const here = found.possible.filter((command) => !elsewhere.includes(command) && !isGuard(command));
  if (here.length === 0) return null;
  const rare = here.filter((command) => !daily.includes(command));
  return (
    <section aria-labelledby="possible">
      <h2 class="govuk-heading-m" id="possible">{t('column.do')}</h2>
      <CommandLinks caseId={found.case_id} commands={daily.filter((command) => here.includes(command))} />
      {(Object.keys(groups) as Group[]).map((group) => {
        const commands = rare.filter((command) => groupOf(command) === group);
        return commands.length > 0 && (
          <Details key={group} summary={t(`group.${group}`)}><CommandLinks caseId={found.case_id} commands={commands} /></Details>
        );
      })}
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
