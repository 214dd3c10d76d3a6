// The addresses of the area.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/responder', load: () => import('./home.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/settings', load: () => import('./pages/settings.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/settings/device', load: () => import('./pages/device.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/settings/remove', load: () => import('./pages/remove.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/finished/:id', load: () => import('./pages/finished.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/finished/:id/delete', load: () => import('./pages/discard.tsx'), texts: ['responder'], offline: true },
  { path: '/responder/drafts/:id/*', load: () => import('./form/interview.tsx'), texts: ['interview', 'responder'], offline: true },
];
