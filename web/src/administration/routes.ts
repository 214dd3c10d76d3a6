// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/administration', load: () => import('./home.tsx'), texts: ['administration'], roles: ['admin'] },
];
