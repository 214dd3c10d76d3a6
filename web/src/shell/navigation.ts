// The links that lead from area to area, for each role.

import type { Key } from '../lib/i18n.ts';
import type { Role } from '../lib/session.ts';

/** A link of the navigation. */
export interface Place {
  href: string;
  text: Key<'common'>;
}

const stages: Place[] = [
  { href: '/stages/frontline', text: 'navigation.frontline' },
  { href: '/stages/screening', text: 'navigation.screening' },
  { href: '/stages/identification', text: 'navigation.identification' },
  { href: '/stages/protection', text: 'navigation.protection' },
];
const work: Place = { href: '/work', text: 'navigation.work' };
const incidents: Place = { href: '/incidents', text: 'navigation.incidents' };
const statistics: Place = { href: '/statistics', text: 'navigation.statistics' };

const places: Readonly<Record<Role, Place[]>> = {
  responder: [{ href: '/responder', text: 'navigation.responder' }, work, ...stages, incidents, statistics],
  casemanager: [work, ...stages, incidents, statistics],
  team: [work, ...stages, incidents, statistics],
  shelter: [work, ...stages, incidents, statistics],
  committee: [statistics],
  auditor: [{ href: '/alerts', text: 'navigation.alerts' }, ...stages, incidents, statistics],
  admin: [{ href: '/administration', text: 'navigation.administration' }, statistics],
};

/** The places that a role goes to. */
export function placesOf(role: Role): Place[] {
  return places[role];
}
