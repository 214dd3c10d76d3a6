// Who reads, as casework has to know it.

import { session } from '../lib/session.ts';
import type { Reader } from './model.ts';

/** Who is signed in. Pages of casework are shown to nobody else. */
export function reader(): Reader {
  const user = session.value?.user;
  return user === undefined ? { id: '', agency: '', role: 'committee' } : { id: user.id, agency: user.agency, role: user.role };
}

const workers: readonly Reader['role'][] = ['responder', 'casemanager', 'team', 'shelter'];

/** Whether somebody works on cases, and so has an inbox and may have to open a case in an emergency. */
export function works({ role }: Reader): boolean {
  return workers.includes(role);
}

const takers: readonly Reader['role'][] = ['responder', 'casemanager', 'shelter'];

/** Whether somebody may be given a case of their agency. Whether this one, the service says. */
export function takes({ role }: Reader): boolean {
  return takers.includes(role);
}

/** Whether somebody is told of likely duplicates. */
export function compares({ role }: Reader): boolean {
  return role === 'casemanager' || role === 'responder';
}

/** Whether somebody may ask who opened a case: the auditor, and the case managers of the agency that is responsible. */
export function mayAskWho({ role, agency }: Reader, responsible: string): boolean {
  return role === 'auditor' || (role === 'casemanager' && (agency === responsible || agency === 'datip'));
}
