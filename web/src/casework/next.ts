// What a case waits for next, and whether the reader can do it: the one primary button of a case's page.

import { earlier } from './deadline.ts';
import type { Case, Reader, Task, TaskKind } from './model.ts';

/** The next thing to do. */
export interface Next {
  task: Task;
  command: string | null; // that does it; null where the reader cannot
  parameters: Record<string, string>; // which of the case's things the command is about
  otherwise: string | null; // the command that answers no where the first answers yes
}

interface Way {
  commands: string[]; // of which the first possible one does it
  otherwise?: string;
  about?: string; // the field of the command that names what the task is about
}

const ways: Record<TaskKind, Way> = {
  first_contact_to_screen: { commands: ['record-screening'] },
  screening_to_conclude: { commands: ['conclude-screening'] },
  identification_to_decide: { commands: ['decide-identification', 'convene-team'] },
  referral_to_answer: { commands: ['accept'], otherwise: 'decline', about: 'referral_id' },
  referral_to_complete: { commands: ['complete'], about: 'referral_id' },
  referral_declined: { commands: ['refer'] },
  hand_over_to_answer: { commands: ['grant-hand-over'], otherwise: 'refuse-hand-over', about: 'request_id' },
  withdrawal_to_acknowledge: { commands: ['acknowledge-withdrawal'], about: 'withdrawal_id' },
  service_to_answer: { commands: ['accept-service'], otherwise: 'decline-service', about: 'service_id' },
  service_to_deliver: { commands: ['deliver-service'], about: 'service_id' },
  service_declined: { commands: ['request-service'] },
  finding_to_give: { commands: ['give-finding'] },
  period_ends: { commands: ['end-period'], otherwise: 'extend-period', about: 'period' },
  period_paused: { commands: ['resume-period'], otherwise: 'end-period', about: 'period' },
  plan_to_agree: { commands: ['agree-plan'] },
  plan_to_review: { commands: ['agree-plan'] },
  risk_to_review: { commands: ['assess-risk'] },
  follow_up: { commands: ['follow-up'] },
  return_to_complete: { commands: ['complete-return'] },
  claim_to_advance: { commands: ['advance-claim'], about: 'claim_id' },
  disagreement_to_settle: { commands: ['settle-disagreement'], about: 'disagreement_id' },
  glass_broken: { commands: [] },
  glass_to_review: { commands: ['review-break-glass'], about: 'glass_id' },
  erasure_to_approve: { commands: ['approve-erasure'], otherwise: 'refuse-erasure', about: 'erasure_id' },
  lift_to_approve: { commands: ['approve-lift-exclusion'], about: 'exclusion_id' },
};

type Found = Pick<Case, 'tasks' | 'possible' | 'team'>;

// How a reader does a task of a case.
function wayTo(task: Task, { possible, team }: Found): Omit<Next, 'task'> {
  const { commands, otherwise, about } = ways[task.kind];
  return {
    command: commands.find((command) => possible.includes(command) && !(command === 'convene-team' && team !== null)) ?? null,
    parameters: about !== undefined && task.ref !== undefined ? { [about]: task.ref } : {},
    otherwise: otherwise !== undefined && possible.includes(otherwise) ? otherwise : null,
  };
}

/**
 * What the reader should do next: of what lies before their agency and they can do, what is due first. Where they can do nothing it is
 * what the case waits for first, and null where it waits for nothing.
 */
export function next(found: Found, reader: Reader): Next | null {
  const inOrder = found.tasks.toSorted((a, b) => earlier(a.due_at, b.due_at));
  const ways = inOrder.map((task) => ({ task, ...wayTo(task, found) }));
  const own = ways.filter(({ task, command }) => command !== null && task.agency === reader.agency && isNow(task));
  return own.find(({ task }) => isFor(task, reader)) ?? own[0] ?? withoutWay(ways[0]);
}

// A protected period runs until its end: nothing is to be done about it before.
function isNow({ kind, overdue }: Task): boolean {
  return kind !== 'period_ends' || overdue;
}

function isFor({ assignee }: Task, reader: Reader): boolean {
  return assignee === undefined || assignee === '' || assignee === reader.id;
}

function withoutWay(first: Next | undefined): Next | null {
  return first === undefined ? null : { ...first, command: null, otherwise: null };
}
