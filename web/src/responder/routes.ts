// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/responder', load: () => import('./home.tsx'), texts: ['responder'], offline: true },
];
