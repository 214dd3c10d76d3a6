// Serves the page with a phone in memory, the forms read from where they lie.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createServer, type ViteDevServer } from 'vite';

const web = join(import.meta.dirname, '../..');
const schemas = join(web, '../schemas');

/** Starts it on a free port of loopback. */
export async function serveInterview(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = await createServer({
    configFile: false,
    root: web,
    logLevel: 'error',
    appType: 'custom',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    css: { preprocessorOptions: { scss: { loadPaths: [join(web, 'node_modules')], quietDeps: true } } },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  answerPages(server);
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address');
  return { url: `http://127.0.0.1:${address.port}`, stop: () => server.close() };
}

function answerPages(server: ViteDevServer): void {
  server.middlewares.use((request, response, next) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const schema = /^\/schemas\/([\w./-]+\.json)$/.exec(path)?.[1];
    const answer = schema === undefined
      ? readFile(join(import.meta.dirname, 'index.html'), 'utf8').then((html) => ({ type: 'text/html', body: html.replace('./main.tsx', '/test/interview/main.tsx') }))
      : readFile(join(schemas, schema), 'utf8').then((body) => ({ type: 'application/json', body }));
    answer.then(({ type, body }) => {
      response.setHeader('Content-Type', type);
      response.end(body);
    }, () => {
      response.statusCode = 404;
      response.end();
    }).catch(next);
  });
}
