// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/account', load: () => import('./home.tsx'), texts: ['account'] },
];
