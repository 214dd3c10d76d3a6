// An answer of the service that is not a success, as RFC 9457 has it and the service fills it in.

/** An answer that is not a success. Status 0: no answer came. */
export class Problem extends Error {
  readonly status: number;
  /** The last part of the problem's type, such as `case-has-moved`; null where the answer is not a problem of the service. */
  readonly kind: string | null;
  /** The rule that refused a command. */
  readonly rule: string | null;
  /** The commands that the case allows now. */
  readonly possible: string[];
  /** The position of a case that has moved. */
  readonly position: number | null;
  /** What has happened to the case meanwhile. */
  readonly changes: Change[];
  /** The places in the body that were not accepted. */
  readonly errors: Place[];
  /** Seconds after which to try again. */
  readonly retryAfter: number | null;

  constructor(status: number, body: ProblemBody = {}, retryAfter: number | null = null) {
    super(body.title ?? `status ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.kind = body.type?.split(':').at(-1) ?? null;
    this.rule = body.rule ?? null;
    this.possible = body.possible ?? [];
    this.position = body.position ?? null;
    this.changes = body.changes ?? [];
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

export interface Change {
  type: string;
  agency: string;
  accepted_at: string;
}

export interface Place {
  pointer: string;
  keyword: string;
}

/** The body of such an answer. */
export interface ProblemBody {
  type?: string;
  title?: string;
  rule?: string;
  possible?: string[];
  position?: number;
  changes?: Change[];
  errors?: Place[];
}
