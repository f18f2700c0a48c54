import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { reservedPort } from '../../test/support/network/port-block.ts';
import { until } from '../../test/support/marathon/marathon-http.ts';
import type { AdminListen } from '../config/places/admin-listen.ts';
import { silent } from '../log/logger.ts';
import { serveAdmin } from './server.ts';

const app = new Hono().get('/x', (context) => context.text('here'));

/** Serves for as long as the test lasts. */
function serving(listen: AdminListen, patience = 200) {
  const stop = new AbortController();
  const said: string[] = [];
  const log = { ...silent, info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) };
  const done = serveAdmin(app, { listen, log, signal: stop.signal, patience, retryIn: 10 });
  return {
    said,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

async function answerOf(server: RequestOptions): Promise<string> {
  const [answer] = (await once(get({ ...server, path: '/x', agent: false }), 'response')) as [IncomingMessage];
  return text(answer);
}

test('a port that is taken is one warning, and is had as soon as it is free', async () => {
  const port = await reservedPort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await using server = serving({ kind: 'tcp', host: '127.0.0.1', port });
  await until(() => server.said.length === 1);
  expect(server.said[0]).toMatch(
    new RegExp(
      `^cannot listen on 127\\.0\\.0\\.1:${port}: address in use by [\\w-]+ .pid ${process.pid}.; retrying every .* s .--admin-listen`,
    ),
  );
  other.close();
  await until(() => server.said.length === 2);
  expect(await answerOf({ host: '127.0.0.1', port })).toBe('here');
});

test('a socket file is for its owner and group, and one left behind is replaced', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-admin-'));
  const path = join(folder, 'admin.sock');
  try {
    // A process that is killed leaves its file.
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    await using server = serving({ kind: 'unix', path });
    await until(() => server.said.length === 1);
    expect(server.said[0]).toMatch(/ready are on unix@/);
    expect(await answerOf({ socketPath: path })).toBe('here');
    expect((await stat(path)).mode & 0o777).toBe(0o660);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('connections that send nothing are closed, and a request is answered meanwhile', async () => {
  const port = await reservedPort();
  await using server = serving({ kind: 'tcp', host: '127.0.0.1', port });
  await until(() => server.said.length === 1);
  const silentOnes = Array.from({ length: 100 }, () => connect({ port, host: '127.0.0.1' }));
  const closed = Promise.all(
    silentOnes.map((socket) => new Promise((resolve) => socket.once('close', resolve).on('error', () => {}))),
  );
  for (const socket of silentOnes) socket.resume();
  expect(await answerOf({ host: '127.0.0.1', port })).toBe('here');
  await closed;
});

test('however many send half a request, one that asks is answered at once', async () => {
  const port = await reservedPort();
  await using server = serving({ kind: 'tcp', host: '127.0.0.1', port }, 60_000);
  await until(() => server.said.length === 1);
  const slowOnes = Array.from({ length: 300 }, () => connect({ port, host: '127.0.0.1' }));
  await Promise.all(
    slowOnes.map(async (socket) => {
      socket.on('error', () => {}).resume();
      await once(socket, 'connect');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    }),
  );
  for (let turn = 0; turn < 10; turn += 1) expect(await answerOf({ host: '127.0.0.1', port })).toBe('here');
  // Not because their time was over: it would be for all of them.
  expect(slowOnes.some((socket) => !socket.closed)).toBe(true);
  for (const socket of slowOnes) socket.destroy();
});
