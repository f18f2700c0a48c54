import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { json, serve } from '../../test/support/marathon/marathon-http.ts';
import { createConnections } from './http-connections.ts';

const never = new AbortController().signal;
const plain = { headers: {}, signal: never };

test('asks again on the connection of the request before', async () => {
  const ports = new Set<number | undefined>();
  await using server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    json({})(request, response);
  });
  using connections = createConnections({ connectTimeout: 5000 });
  for (let round = 0; round < 3; round += 1) await text(await connections.send(server.url, plain));
  expect(ports.size).toBe(1);
});

test('asks on a connection of its own each time where none is kept', async () => {
  const ports = new Set<number | undefined>();
  await using server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    json({})(request, response);
  });
  using connections = createConnections({ connectTimeout: 5000, keep: false });
  for (let round = 0; round < 3; round += 1) await text(await connections.send(server.url, plain));
  expect(ports.size).toBe(3);
  expect(server.requests[0]?.headers.connection).toBe('close');
});

test('a GET goes out anew where all kept connections turn out to be closed; what writes does not', async () => {
  const used = new Set<Socket>();
  const waiting: (() => void)[] = [];
  await using server = await serve((request, response) => {
    if (used.has(request.socket)) return void request.socket.destroy();
    used.add(request.socket);
    waiting.push(() => json({})(request, response));
    if (used.size >= 3) for (const answer of waiting.splice(0)) answer();
  });
  const ask = async (method: string) => text(await connections.send(server.url, { ...plain, method }));
  using connections = createConnections({ connectTimeout: 5000 });
  await Promise.all([ask('GET'), ask('GET'), ask('GET')]);
  expect(await ask('GET')).toBe('{}');
  await expect(ask('POST')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET', 'GET', 'POST']);
});

test('an answer that changes the protocol is none', async () => {
  await using server = await serve((request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
  });
  using connections = createConnections({ connectTimeout: 5000 });
  await expect(connections.send(server.url, plain)).rejects.toMatchObject({ code: 'NO_ANSWER' });
});

test('the reason of the signal is that of the failure', async () => {
  await using server = await serve(() => {});
  using connections = createConnections({ connectTimeout: 5000 });
  const asking = connections.send(server.url, { headers: {}, signal: AbortSignal.timeout(50) });
  await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('the body of any method arrives', async () => {
  await using server = await serve(json({}));
  using connections = createConnections({ connectTimeout: 5000 });
  for (const method of ['PUT', 'DELETE']) await text(await connections.send(server.url, { ...plain, method, body: 'ü' }));
  expect(server.requests.map(({ method, body }) => [method, body])).toEqual([
    ['PUT', 'ü'],
    ['DELETE', 'ü'],
  ]);
});

test('gives up a connection whose TLS never comes about', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  using connections = createConnections({ connectTimeout: 50 });
  const { port } = silent.address() as AddressInfo;
  await expect(connections.send(`https://127.0.0.1:${port}`, plain)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  silent.close();
});

test('waits for the answer for as long as the signal lets it', async () => {
  await using server = await serve((request, response) => void setTimeout(() => json({})(request, response), 200));
  using connections = createConnections({ connectTimeout: 50 });
  expect((await connections.send(server.url, plain)).statusCode).toBe(200);
});

test.each(['signal', 'dispose'])('the body breaks off at once (%s)', async (how) => {
  await using server = await serve((_request, response) => void response.writeHead(200).write('begun'));
  const connections = createConnections({ connectTimeout: 5000 });
  const stop = new AbortController();
  const answer = await connections.send(server.url, { headers: {}, signal: stop.signal });
  if (how === 'signal') stop.abort();
  else connections[Symbol.dispose]();
  await expect(text(answer)).rejects.toThrow(/aborted/);
  connections[Symbol.dispose]();
});

test('a name is looked up as it is told', async () => {
  await using server = await serve(json({}));
  using connections = createConnections({
    connectTimeout: 5000,
    lookup: (_, options, callback) => {
      if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    },
  });
  expect((await connections.send(`http://marathon.test:${server.port}`, plain)).statusCode).toBe(200);
  expect(server.requests[0]?.headers.host).toBe(`marathon.test:${server.port}`);
});
