// The addresses of a person's own account.

import type { Route } from '../lib/route.ts';

export const routes: Route[] = [
  { path: '/account', load: () => import('./account.tsx'), texts: ['account'] },
  { path: '/account/again', load: () => import('./again.tsx'), texts: ['account'] },
  { path: '/account/passkey', load: () => import('./passkey.tsx'), texts: ['account'] },
  { path: '/account/codes', load: () => import('./codes.tsx'), texts: ['account'] },
];
