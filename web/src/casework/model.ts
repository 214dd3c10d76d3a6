// The things that casework shows, by the names that the service's description gives them. Nothing else in this area names a schema, so
// that a change of the description is met in one place.

import type { components } from '../lib/schema.d.ts';

type Schemas = components['schemas'];

export type Case = Schemas['Case'];
export type Stage = Schemas['Stage'];
export type Status = Schemas['Status'];
export type Task = Schemas['Task'];
export type TaskKind = Schemas['TaskKind'];
export type StageCase = Schemas['StageCase'];
export type StageCount = Schemas['StageCount'];
export type SavedFilter = Schemas['SavedFilter'];
export type InboxItem = Schemas['InboxItem'];
export type InboxReferral = Schemas['InboxReferral'];
export type InboxCounts = Schemas['InboxCounts'];
export type Timeline = Schemas['Timeline'];
export type Entry = Timeline['items'][number];
export type Duplicate = Schemas['Duplicate'];
export type DuplicatePair = Schemas['DuplicatePair'];
export type Incident = Schemas['Incident'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type IncidentPerson = Schemas['IncidentPerson'];
export type IncidentProgress = Schemas['IncidentProgress'];
export type Opening = Schemas['Opening'];
export type AccessAlert = Schemas['AccessAlert'];
export type AccessReportRow = Schemas['AccessReportRow'];
export type Erasure = Schemas['Erasure'];
export type FieldClass = Schemas['FieldClass'];
export type AccessPurpose = Schemas['AccessPurpose'];
export type Glass = Case['glass'][number];
export type Referral = Case['referrals'][number];
export type Service = Case['services'][number];
export type Period = Case['periods'][number];
export type CaseRecord = Case['records'][number];
export type Screening = Case['screenings'][number];

/** Who reads, as far as casework has to know. */
export interface Reader {
  id: string;
  agency: string;
  role: Schemas['Session']['user']['role'];
}

/** The stages in the order in which a case goes through them. */
export const stages: readonly Stage[] = ['frontline', 'screening', 'identification', 'protection'];

/** Whether a text names a stage. */
export function isStage(text: string): text is Stage {
  return (stages as readonly string[]).includes(text);
}
