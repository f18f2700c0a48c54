import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { healthFault } from './health-fault.ts';

it('says in a sentence why the container is not healthy', async () => {
  let status = 200;
  const server = createServer((_, answer) => answer.writeHead(status, { connection: 'close' }).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_haproxy_health_check`;
  expect(await healthFault([url])).toBeUndefined();
  status = 503;
  expect(await healthFault([url])).toBe(`HAProxy answers 503 at ${url}`);
  await new Promise((closed) => server.close(closed));
  expect(await healthFault([url])).toMatch(`HAProxy does not answer at ${url}: connect ECONNREFUSED`);
  expect(await healthFault([])).toBe('no HAProxy with a health check (monitor-uri) runs here');
});
