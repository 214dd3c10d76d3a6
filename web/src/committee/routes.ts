// The addresses of the published statistics. Whoever has signed in may read them: everything here is made to be public.

import type { Route } from '../lib/route.ts';
import type { Role } from '../lib/session.ts';

/** Who may publish what another person has built. */
export const publishers: Role[] = ['committee', 'admin'];

export const routes: Route[] = [
  { path: '/statistics', load: () => import('./pages/overview.tsx'), texts: ['committee'] },
  { path: '/statistics/flow', load: () => import('./pages/flow.tsx'), texts: ['committee'] },
  { path: '/statistics/time', load: () => import('./pages/time.tsx'), texts: ['committee'] },
  { path: '/statistics/where', load: () => import('./pages/where.tsx'), texts: ['committee'] },
  { path: '/statistics/who', load: () => import('./pages/who.tsx'), texts: ['committee'] },
  { path: '/statistics/trends', load: () => import('./pages/trends.tsx'), texts: ['committee'] },
  { path: '/statistics/about', load: () => import('./pages/about.tsx'), texts: ['committee'] },
  { path: '/statistics/downloads', load: () => import('./pages/downloads.tsx'), texts: ['committee'] },
  { path: '/statistics/proposals', load: () => import('./pages/proposals.tsx'), texts: ['committee'], roles: publishers },
  { path: '/statistics/proposals/:id', load: () => import('./pages/proposal.tsx'), texts: ['committee'], roles: publishers },
];
