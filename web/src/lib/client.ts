// Calls to the service, typed by its own description.

import createClient, { type Middleware } from 'openapi-fetch';

import { checked, patiently, position, type Schemas, send, wrote } from './calling.ts';
import type { paths } from './schema.d.ts';

export type Receipt = Schemas['Receipt'];

const watch: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET' && !request.headers.has('Songtor-Position')) {
      for (const [name, value] of Object.entries(position())) request.headers.set(name, value);
    }
    if (request.method === 'POST' && !request.headers.has('Content-Type')) {
      request.headers.set('Content-Type', 'application/json'); // also where there is no body: a form of another page cannot say so
    }
    return request;
  },
  async onResponse({ response }) {
    await checked(response);
  },
};

/**
 * The service, call by call: `ok(client.GET('/api/v1/cases/{id}', { params: { path: { id } } }))`. An answer that is not a success is
 * thrown as a Problem.
 */
export const client = createClient<paths>({ baseUrl: '', fetch: (request) => patiently(request) });
client.use(watch);

/** What a call of the client was answered with. */
export async function ok<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<NonNullable<Data>> {
  const { data } = await call;
  return data as NonNullable<Data>; // a failure has been thrown; no content is what the caller's type says
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
  /** The position at which the case was read: what others have done since stays, and where the two differ a person settles it. */
  basedOn?: number;
}

/** Gives a command to a case and returns its receipt. */
export async function give<Name extends Command>(caseId: string, name: Name, body: CommandBody<Name>, { key, position, basedOn }: Giving): Promise<Receipt> {
  const receipt = (await send('POST', `/api/v1/cases/${encodeURIComponent(caseId)}/${name}`, body, {
    'Idempotency-Key': key, ...(position !== undefined && { 'If-Match': `"${position}"` }), ...(basedOn !== undefined && { 'Songtor-Based-On': String(basedOn) }),
  })) as Receipt;
  wrote(receipt.position);
  return receipt;
}
