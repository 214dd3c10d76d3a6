// The addresses of casework's pages.

import { href } from '../lib/route.ts';
import type { Stage } from './model.ts';

type Query = Record<string, string | null>;

/** The parts of a case, in the order in which they are offered. */
export const parts = ['summary', 'screening', 'referrals', 'documents', 'timeline', 'duplicates', 'guards', 'access-log'] as const;
export type Part = (typeof parts)[number];

/** A part of a case. */
export function caseHref(id: string, part: Part = 'summary', query: Query = {}): string {
  const path = `/cases/${encodeURIComponent(id)}`;
  return href(part === 'summary' ? path : `${path}/${part}`, query);
}

/** The page on which a command is given to a case. Parameters say what of the case it is about. */
export function doHref(id: string, command: string, parameters: Query = {}): string {
  return href(`/cases/${encodeURIComponent(id)}/do/${encodeURIComponent(command)}`, parameters);
}

/** Where a form of a case is filled in anew, or corrected where it is named. */
export function formHref(id: string, screening: string | null, rest = ''): string {
  const home = `/cases/${encodeURIComponent(id)}/form/${screening === null ? 'new' : encodeURIComponent(screening)}`;
  return rest === '' ? home : `${home}/${rest}`;
}

/** The page on which two cases are compared. */
export function compareHref(id: string, other: string): string {
  return `${caseHref(id, 'duplicates')}/${encodeURIComponent(other)}`;
}

/** A stage's queue. */
export function stageHref(stage: Stage, query: Record<string, string> = {}): string {
  return href(`/stages/${stage}`, query);
}

/** What lies before the reader and their agency. */
export function workHref(query: Record<string, string> = {}): string {
  return href('/work', query);
}

/** An incident. */
export function incidentHref(id: string): string {
  return `/incidents/${encodeURIComponent(id)}`;
}

/** Where a case is opened in an emergency; with the id of one that did not open. */
export function emergencyHref(caseId: string | null = null): string {
  return href('/emergency', { case: caseId });
}

/** Where a second person approves what is sealed. */
export function approvalHref(caseId: string, glassId: string): string {
  return `/emergency/${encodeURIComponent(caseId)}/${encodeURIComponent(glassId)}`;
}
