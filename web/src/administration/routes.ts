// The addresses of administration. They are administrators', and no page of them shows a case; the forms of lost phones are decided on by
// case managers too.

import type { Area } from '../lib/i18n.ts';
import type { Route } from '../lib/route.ts';

const all: Pick<Route, 'roles'> & { texts: Area[] } = { roles: ['admin'], texts: ['administration', 'account'] };

const both: typeof all = { ...all, roles: ['admin', 'casemanager'] };

export const routes: Route[] = [
  { path: '/administration', load: () => import('./overview.tsx'), ...all },
  { path: '/administration/people', load: () => import('./people.tsx'), ...all },
  { path: '/administration/people/invite', load: () => import('./invite.tsx'), ...all },
  { path: '/administration/people/:id', load: () => import('./person.tsx'), ...all },
  { path: '/administration/people/:id/post', load: () => import('./post.tsx'), ...all },
  { path: '/administration/people/:id/do/:act', load: () => import('./act.tsx'), ...all },
  { path: '/administration/agencies', load: () => import('./agencies.tsx'), ...all },
  { path: '/administration/agencies/:code', load: () => import('./agency.tsx'), ...all },
  { path: '/administration/devices', load: () => import('./devices.tsx'), ...all },
  { path: '/administration/devices/ticket', load: () => import('./ticket.tsx'), ...all },
  { path: '/held', load: () => import('./held.tsx'), ...both },
  { path: '/held/import', load: () => import('./heldimport.tsx'), ...both },
  { path: '/held/:id', load: () => import('./heldform.tsx'), ...both },
  { path: '/administration/forms', load: () => import('./forms.tsx'), ...all },
  { path: '/administration/limits', load: () => import('./limits.tsx'), ...all, texts: [...all.texts, 'casework'] },
  { path: '/administration/holidays', load: () => import('./holidays.tsx'), ...all },
  { path: '/administration/retention', load: () => import('./retention.tsx'), ...all },
];
