// How what was asked of an agency is answered where it is listed: yes with one press, no on a page that asks for the reason.

import type { Command } from '../lib/api.ts';
import type { InboxItem, InboxReferral, Reader } from './model.ts';
import { takes } from './reader.ts';

export interface Answer {
  yes: Command;
  no: Command | null;
  id: string; // the field that names what is answered
}

const referral: Answer = { yes: 'accept', no: 'decline', id: 'referral_id' };
const service: Answer = { yes: 'accept-service', no: 'decline-service', id: 'service_id' };
const handOver: Answer = { yes: 'grant-hand-over', no: 'refuse-hand-over', id: 'request_id' };

const answers: Record<string, Answer> = {
  referral, service, hand_over_request: handOver,
  referral_to_answer: referral, service_to_answer: service, hand_over_to_answer: handOver,
  withdrawal_to_acknowledge: { yes: 'acknowledge-withdrawal', no: null, id: 'withdrawal_id' },
};

/** How a reader answers something that lies before their agency; null where it is not theirs to answer. */
export function answerTo(item: InboxItem | InboxReferral, by: Reader): Answer | null {
  const way = answers[item.kind];
  if (way === undefined || !takes(by)) return null;
  const asked = 'task_id' in item ? item.responsible === by.agency : item.status === 'pending' && item.to === by.agency;
  return asked ? way : null;
}
