// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/responder', load: () => import('./home.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/drafts/:id/*', load: () => import('./form/interview.tsx'), texts: ['interview'], offline: true },
];
