// A service in front of the service, which gives out another version of the page's worker when it is told to: a deployment, as a browser
// sees it.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Service } from './service.ts';

export interface Proxy {
  url: string;
  /** From now on the worker is another one. */
  deploy: () => void;
  stop: () => Promise<void>;
}

export async function startProxy(service: Pick<Service, 'url'>): Promise<Proxy> {
  let deployed = false;
  const server = createServer((asked, answer) => {
    const worker = asked.url === '/sw.js';
    const { 'accept-encoding': coding, 'if-none-match': known, ...headers } = asked.headers;
    const onward = request(service.url + asked.url, {
      method: asked.method,
      headers: { ...headers, ...(!worker && coding !== undefined && { 'accept-encoding': coding }), ...(!worker && known !== undefined && { 'if-none-match': known }) },
    }, (given) => {
      const { 'content-length': length, etag, ...rest } = given.headers;
      answer.writeHead(given.statusCode ?? 502, worker ? rest : given.headers);
      given.pipe(answer, { end: !worker });
      if (worker) given.on('end', () => answer.end(deployed ? '\n// another version' : ''));
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deploy: () => { deployed = true; },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
