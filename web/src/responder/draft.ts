// An interview that is not finished yet, as it is kept on the phone. Whoever keeps it keeps it whole and closed: everything in it may
// tell who the person is.

/** Why an item has, or has not, an answer. */
export type State = 'answered' | 'declined' | 'unknown' | 'not_asked' | 'not_applicable';

/** A row of an answer that has several, such as a paper or a contact: its members by their names in the form. */
export interface Row {
  [member: string]: string | boolean | string[];
}

/** What an item is answered with. Dates are ISO and may end after the year or the month. */
export type Value = string | number | string[] | Row[];

/** One answer. A value is there exactly when the state is `answered`. */
export interface Answer {
  state: State;
  value?: Value;
  source?: string;
}

/** The answers by the keys of their items, in no order. */
export type Answers = Record<string, Answer>;

/** An interview in progress. */
export interface Draft {
  /** A UUID that this phone made; the screening is sent under it. */
  id: string;
  /** The form that is filled in, such as `screening`, its version, and the SHA-256 of the schema that it was begun with. */
  form: string;
  version: number;
  hash: string;
  /** `th` or `en`. */
  officerLanguage: string;
  /** The language in which the person is shown and read the questions: a tag such as `my`. */
  personLanguage: string;
  /** Moments in ISO 8601. */
  startedAt: string;
  updatedAt: string;
  /** When the interview took place, where that is not when it was begun here. */
  occurredAt?: string;
  /** The code of the province it takes place in. */
  province?: string;
  /** The incident it belongs to, where several people were met together. */
  incidentId?: string;
  /** Everything that was answered, also what another answer has made irrelevant since: it counts again when that is taken back. */
  answers: Answers;
  /** Where the interview stands: a part of an address beneath the draft's. */
  cursor?: string;
  /** What the officer recognises it by in a list: initials or a nickname. */
  initials?: string;
}

/** What is known of a draft without drawing it. */
export interface DraftSummary {
  id: string;
  startedAt: string;
  updatedAt: string;
  /** Until when it is kept at least, if nobody touches it. */
  keptUntil: string;
  initials?: string;
  /** How many of the sections that matter have been completed, where the form was open to count them. */
  done?: number;
  of?: number;
}

/** Keeps drafts: `save` has made a draft durable when it resolves, and fails where the interview is finished. */
export interface Drafts {
  /** Takes a draft for this tab; the function lets it go. Null where another tab has it, for each would write over the other's answers. */
  take(id: string): Promise<(() => void) | null>;
  list(): Promise<DraftSummary[]>;
  open(id: string): Promise<Draft | null>;
  save(draft: Draft): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What a finished interview is sent as: the body of PUT /screenings/{id}. */
export interface ScreeningBody {
  form: string;
  version: number;
  occurred_at: string;
  recorded_at: string;
  province: string;
  incident_id?: string;
  answers: Answers;
}
