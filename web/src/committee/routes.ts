// The addresses of the published statistics. Whoever has signed in may read them: everything here is made to be public.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/statistics', load: () => import('./pages/overview.tsx'), texts: ['committee'] },
  { path: '/statistics/flow', load: () => import('./pages/flow.tsx'), texts: ['committee'] },
  { path: '/statistics/time', load: () => import('./pages/time.tsx'), texts: ['committee'] },
  { path: '/statistics/where', load: () => import('./pages/where.tsx'), texts: ['committee'] },
  { path: '/statistics/who', load: () => import('./pages/who.tsx'), texts: ['committee'] },
  { path: '/statistics/trends', load: () => import('./pages/trends.tsx'), texts: ['committee'] },
  { path: '/statistics/about', load: () => import('./pages/about.tsx'), texts: ['committee'] },
  { path: '/statistics/downloads', load: () => import('./pages/downloads.tsx'), texts: ['committee'] },
];
