// The real service with its demonstration caseload, started for a run of the tests or the screenshots and stopped after it.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of a service that was stopped, of which each file of tests has a copy; caseload.ts makes it. */
    caseload?: string;
  }
}

const root = join(import.meta.dirname, '../../..');
const binary = process.env.SONGTOR ?? join(root, 'bin/songtor');
const fixtures = join(root, 'schemas/testdata/valid');
const startingTakesAtMost = 180_000; // milliseconds, with the synthetic caseload on a busy machine

export const password = 'demo-only';

/** A service that was started. */
export interface Service {
  url: string;
  /** Ends it at once, as a power cut would. */
  kill: () => Promise<void>;
  /** Starts it again on what it had kept, perhaps with other settings than usual. */
  start: (environment?: Readonly<Record<string, string>>) => Promise<void>;
  /** Ends it in good order. */
  halt: () => Promise<void>;
  /** Ends it and removes what it had kept. */
  stop: () => Promise<void>;
}

/** Makes a folder for what a service keeps. */
export async function dataFolder(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'songtor-web-'));
  await chmod(data, 0o755); // as root, PostgreSQL runs as another user, who has to reach its folder in there
  return data;
}

/** Starts the service on a free port of loopback with a caseload of its own: a copy of the one that was made for all, where it was. */
export async function startService(): Promise<Service> {
  const [data, caseload] = [await dataFolder(), inject('caseload')];
  if (caseload !== undefined) await copied(caseload, data);
  return serve(data);
}

// PostgreSQL's files stay its user's, which only this command keeps everywhere.
async function copied(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', `${from}/.`, to]);
}

/** Starts the service, bin/songtor or what $SONGTOR names, on a folder; resolves when it is ready. */
export async function serve(data: string): Promise<Service> {
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  let child = run(data, listen);
  const service: Service = {
    url,
    kill: () => end(child, 'SIGKILL'),
    start: async (environment) => {
      child = run(data, listen, environment);
      await ready(url, child);
    },
    halt: () => end(child, 'SIGTERM'),
    stop: async () => {
      await end(child, 'SIGTERM');
      await rm(data, { recursive: true, force: true });
    },
  };
  try {
    await ready(url, child);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

interface Running extends ChildProcess {
  said: string;
}

function run(data: string, listen: string, environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(binary, ['serve', '--demo', '--data', data, '--listen', listen], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment },
  });
  const running: Running = Object.assign(child, { said: '' });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { running.said += text; });
  child.once('error', (error) => { running.said += `couldn't start the service; build it first (${error.message})`; });
  return running;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function ready(url: string, child: Running): Promise<void> {
  const deadline = Date.now() + startingTakesAtMost;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`the service ended; it said:\n${child.said}`);
    if (await isReady(url)) return;
    await pause(100);
  }
  throw new Error(`the service was not ready in time; it said:\n${child.said}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Calls the API as somebody who is signed in; the answer is JSON, a failure throws. */
export type Caller = <Answer = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<Answer>;

/** A caller of the API for one of the accounts of the demonstration. */
export async function signedIn(service: Service, username: string): Promise<Caller> {
  const answer = await fetch(`${service.url}/api/v1/session`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username, password }),
  });
  const { token } = (await answer.json()) as { token: string };
  return async <Answer>(method: string, path: string, body?: unknown) => (await call(service, token, method, path, body)) as Answer;
}

async function call(service: Service, token: string, method: string, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${service.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(method === 'POST' && { 'Idempotency-Key': randomUUID() }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  return text === '' ? null : JSON.parse(text);
}

/** What a screening was taken with. */
export interface Receipt {
  screening_id: string;
  case_id: string;
  case_reference: string;
  position: number;
}

/** Submits the first valid form of the fixtures as a new screening and returns its receipt. */
export async function submitScreening(service: Service): Promise<Receipt> {
  const [first = ''] = (await readdir(fixtures)).sort();
  const responder = await signedIn(service, 'responder');
  return responder<Receipt>('PUT', `/screenings/${randomUUID()}`, JSON.parse(await readFile(join(fixtures, first), 'utf8')));
}
