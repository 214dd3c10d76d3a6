// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/work', load: () => import('./home.tsx'), texts: ['casework'], roles: ['responder', 'casemanager', 'team', 'shelter'] },
];
