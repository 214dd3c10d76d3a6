// The pages of administration.

import { signedIn } from '../support/service.ts';
import type { Shot } from '../support/shots.ts';

const who = 'admin';

/** The address of a page of somebody's account. */
function person(rest: string): Shot['path'] {
  return async (service) => {
    const { items } = await (await signedIn(service, 'admin'))<{ items: { id: string; username: string }[] }>('GET', '/accounts');
    return `/administration/people/${items.find(({ username }) => username === 'team')?.id}${rest}`;
  };
}

export const shots: Shot[] = [
  { name: 'administration', who, path: '/administration' },
  { name: 'administration-people', who, path: '/administration/people' },
  { name: 'administration-invite', who, path: '/administration/people/invite' },
  { name: 'administration-person', who, path: person('') },
  { name: 'administration-post', who, path: person('/post') },
  { name: 'administration-act', who, path: person('/do/disable') },
  { name: 'administration-agencies', who, path: '/administration/agencies' },
  { name: 'administration-agency', who, path: '/administration/agencies/datip' },
  { name: 'administration-devices', who, path: '/administration/devices' },
  { name: 'administration-ticket', who, path: '/administration/devices/ticket' },
  { name: 'administration-forms', who, path: '/administration/forms' },
  { name: 'administration-limits', who, path: '/administration/limits' },
  { name: 'administration-holidays', who, path: '/administration/holidays?year=2026' },
  { name: 'administration-retention', who, path: '/administration/retention' },
];
