/**
 * A process that serves one world as Marathon does: `node serve.js APPS TASKS SEED plain|labelled`. Prints its port; ends with its stdin. The answer is made
 * beforehand and lies in memory, so that what is measured elsewhere is not the making of it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sizeOf, world } from './worlds.ts';

const body = Buffer.from(`{"apps":[${[...world(sizeOf(process.argv.slice(2)))].join(',')}]}`);

const server = createServer((request, response) => {
  if (request.url?.startsWith('/v2/apps') !== true) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"URI not found: only /v2/apps is here"}');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, bytes: body.length }));
});
process.stdin.resume().on('end', () => process.exit());
