// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/statistics', load: () => import('./home.tsx'), texts: ['committee'] },
];
