// The real service with its demonstration caseload, started for a run of the tests or the screenshots and stopped after it.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env.SONGTOR || join(root, 'bin/songtor');
const fixtures = join(root, 'schemas/testdata/valid');

export const password = 'demo-only';

const startingTakesAtMost = 180_000; // milliseconds, with the synthetic caseload on a busy machine

/** Starts the service, bin/songtor or what $SONGTOR names, on a free port of loopback; resolves when it is ready. */
export async function startService() {
  const data = await mkdtemp(join(tmpdir(), 'songtor-web-'));
  await chmod(data, 0o755); // as root, PostgreSQL runs as another user, who has to reach its folder in there
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['serve', '--demo', '--data', data, '--listen', listen], { stdio: ['ignore', 'ignore', 'pipe'] });
  const service = { url: `http://${listen}`, stop: () => stop(child, data) };
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  try {
    await ready(service.url, child);
  } catch (error) {
    await service.stop();
    throw new Error(`${error.message}; it said:\n${said}`, { cause: error });
  }
  return service;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function ready(url, child) {
  let broken = null;
  child.once('error', (error) => { broken = error; });
  const deadline = Date.now() + startingTakesAtMost;
  while (Date.now() < deadline) {
    if (broken !== null) throw new Error(`couldn't start the service; build it first (${broken.message})`);
    if (child.exitCode !== null) throw new Error(`the service ended with status ${child.exitCode}`);
    if (await isReady(url)) return;
    await pause(100);
  }
  throw new Error('the service was not ready in time');
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function stop(child, data) {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  await rm(data, { recursive: true, force: true });
}

/** A caller of the API who is signed in. */
export async function signedIn(service, username) {
  const answer = await fetch(`${service.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { token } = await answer.json();
  return (method, path, body) => call(service, token, method, path, body);
}

/** Gives a command on a case and returns its receipt. */
export function give(caller, caseId, command, body) {
  return caller('POST', `/cases/${caseId}/${command}`, JSON.stringify(body));
}

async function call(service, token, method, path, body) {
  const answer = await fetch(`${service.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(method === 'POST' && { 'Idempotency-Key': randomUUID() }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    body,
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Submits the first valid form of the fixtures as a new screening and returns its receipt. */
export async function submitScreening(service) {
  const [first] = (await readdir(fixtures)).sort();
  const responder = await signedIn(service, 'responder');
  return responder('PUT', `/screenings/${randomUUID()}`, await readFile(join(fixtures, first), 'utf8'));
}
