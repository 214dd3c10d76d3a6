// The addresses of casework.

import type { Route } from '../lib/route.ts';
import type { Role } from '../lib/session.ts';

const workers: Role[] = ['responder', 'casemanager', 'team', 'shelter'];
const readers: Role[] = [...workers, 'auditor'];
const texts: Route['texts'] = ['casework', 'decide'];

const formTexts: Route['texts'] = [...texts, 'interview'];

function page(path: string, load: Route['load'], roles: Role[]): Route {
  return { path, load, texts, roles };
}

export const routes: Route[] = [
  page('/work', () => import('./pages/work.tsx'), workers),
  page('/stages/:stage', () => import('./pages/queue.tsx'), readers),
  page('/cases/:id', () => import('./pages/summary.tsx'), readers),
  page('/cases/:id/screening', () => import('./pages/screening.tsx'), readers),
  page('/cases/:id/referrals', () => import('./pages/referrals.tsx'), readers),
  page('/cases/:id/documents', () => import('./pages/documents.tsx'), readers),
  page('/cases/:id/timeline', () => import('./pages/timeline.tsx'), readers),
  page('/cases/:id/duplicates', () => import('./pages/duplicates.tsx'), readers),
  page('/cases/:id/duplicates/:other', () => import('./pages/compare.tsx'), workers),
  page('/cases/:id/guards', () => import('./pages/guards.tsx'), readers),
  page('/cases/:id/do/:command', () => import('./decide/do.tsx'), readers),
  { ...page('/cases/:id/form/:screening', () => import('./amend/amend.tsx'), workers), texts: formTexts },
  { ...page('/cases/:id/form/:screening/*', () => import('./amend/amend.tsx'), workers), texts: formTexts },
  page('/cases/:id/access-log', () => import('./pages/accesslog.tsx'), ['casemanager', 'auditor']),
  page('/duplicates', () => import('./pages/pairs.tsx'), ['responder', 'casemanager']),
  page('/emergency', () => import('./pages/emergency.tsx'), workers),
  page('/emergency/:case/:glass', () => import('./pages/approval.tsx'), workers),
  page('/incidents', () => import('./pages/incidents.tsx'), readers),
  page('/incidents/:id', () => import('./pages/incident.tsx'), readers),
  page('/alerts', () => import('./pages/alerts.tsx'), ['auditor']),
  page('/reports', () => import('./pages/reports.tsx'), ['auditor']),
];
