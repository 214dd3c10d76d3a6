// Every address of the page. The areas load when somebody comes to them, and never for those whose areas they are not.

import { routes as account } from '../account/routes.ts';
import { routes as administration } from '../administration/routes.ts';
import { routes as casework } from '../casework/routes.ts';
import { routes as committee } from '../committee/routes.ts';
import type { Route } from '../lib/route.ts';
import type { Role } from '../lib/session.ts';
import { routes as responder } from '../responder/routes.ts';

export const routes: readonly Route[] = [...account, ...administration, ...casework, ...committee, ...responder];

const homes: Readonly<Record<Role, string>> = {
  responder: '/responder', casemanager: '/work', team: '/work', shelter: '/work', committee: '/statistics', auditor: '/alerts',
  admin: '/administration',
};

/** Where a role begins. */
export function homeOf(role: Role): string {
  return homes[role];
}
