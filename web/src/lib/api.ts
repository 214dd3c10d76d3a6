// Calls to the service, typed by its own description. The session is a cookie that scripts cannot read; nothing secret passes through
// here but a password or a code, once, on its way to the service.

import createClient, { type Middleware } from 'openapi-fetch';

import type { components, paths } from './schema.d.ts';
import { learnTime } from './clock.ts';

export type Schemas = components['schemas'];
export type Receipt = Schemas['Receipt'];

const patience = 30_000; // milliseconds for one call

// What this page has written; lists are asked to contain it.
let written = 0;

/** An event that calls leave on `calls` when the service says that nobody is signed in any more. */
export const calls = new EventTarget();

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

interface ProblemBody {
  type?: string;
  title?: string;
  rule?: string;
  possible?: string[];
  position?: number;
  changes?: Change[];
  errors?: Place[];
}

const watch: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET' && written > 0 && !request.headers.has('Songtor-Position')) {
      request.headers.set('Songtor-Position', String(written));
    }
    if (request.method === 'POST' && !request.headers.has('Content-Type')) {
      request.headers.set('Content-Type', 'application/json'); // also where there is no body: a form of another page cannot say so
    }
    return request;
  },
  async onResponse({ response }) {
    learnTime(response.headers.get('Date'));
    if (response.ok) return;
    throw await problemOf(response);
  },
};

/**
 * The service, call by call: `ok(client.GET('/api/v1/cases/{id}', { params: { path: { id } } }))`. An answer that is not a success is
 * thrown as a Problem.
 */
export const client = createClient<paths>({ baseUrl: '', fetch: patiently });
client.use(watch);

/** What a call of the client was answered with. */
export async function ok<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<NonNullable<Data>> {
  const { data } = await call;
  return data as NonNullable<Data>; // a failure has been thrown; no content is what the caller's type says
}

async function patiently(request: Request): Promise<Response> {
  const late = AbortSignal.timeout(patience);
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, late]) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.clone().json().catch(() => ({}))) as ProblemBody; // a proxy's error page is not JSON
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const problem = new Problem(response.status, body, Number.isNaN(wait) ? null : wait);
  if (problem.kind === 'not-signed-in') calls.dispatchEvent(new Event('signed-out'));
  return problem;
}

/** The commands that can be given to a case. */
export type Command = {
  [Path in keyof paths]: Path extends `/api/v1/cases/{id}/${infer Name}` ? (paths[Path]['post'] extends undefined ? never : Name) : never;
}[keyof paths];

/** What a command is given with. */
export type CommandBody<Name extends Command> =
  paths[`/api/v1/cases/{id}/${Name}`] extends { post: { requestBody?: { content: { 'application/json': infer Body } } } } ? Body : undefined;

/** How a command is given: its key names it, so that it can be repeated until an answer comes; a position refuses it where the case has moved. */
export interface Giving {
  key: string;
  position?: number;
}

/** Gives a command to a case and returns its receipt. */
export async function give<Name extends Command>(caseId: string, name: Name, body: CommandBody<Name>, { key, position }: Giving): Promise<Receipt> {
  const receipt = (await send('POST', `/api/v1/cases/${encodeURIComponent(caseId)}/${name}`, body, {
    'Idempotency-Key': key, ...(position !== undefined && { 'If-Match': `"${position}"` }),
  })) as Receipt;
  wrote(receipt.position);
  return receipt;
}

/** Remembers the position of something written, so that what is read afterwards contains it. */
export function wrote(position: number): void {
  written = Math.max(written, position);
}

/** Sends JSON to an address of the service that is put together at run time. An answer that is not a success is thrown as a Problem. */
export async function send(method: string, address: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await patiently(new Request(address, {
    method, headers: { 'Content-Type': 'application/json', ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }),
  }));
  learnTime(response.headers.get('Date'));
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}
