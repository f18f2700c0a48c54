import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAsk, lineOf } from './socket.ts';

let folder = '';
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-socket-'));
});
afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
const address = () => ({ kind: 'path', path: join(folder, 's') }) as const;

async function answering(answer: (line: string, socket: Socket) => void): Promise<void> {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setEncoding('utf8').on('data', (line: string) => answer(line, socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server?.listen(join(folder, 's'), resolve));
}

test('one line, the whole answer', async () => {
  await answering((line, socket) => {
    socket.write(`first of ${line}`);
    setTimeout(() => socket.end('second\n'), 5);
  });
  expect(await createAsk()(address(), lineOf(['show info', 'show backend']), signal)).toBe(
    'first of set severity-output number;show info;show backend\nsecond\n',
  );
});

test('nobody there, no answer, cut off: errors that say which socket', async () => {
  await expect(createAsk()(address(), 'x', signal)).rejects.toMatchObject({
    code: 'socket-unreachable',
    message: expect.stringContaining(`${folder}/s cannot be used (ENOENT)`),
  });
  const sockets: Socket[] = [];
  await answering((_, socket) => void sockets.push(socket));
  await expect(createAsk(30)(address(), 'x', signal)).rejects.toMatchObject({
    code: 'socket-silent',
    message: expect.stringContaining('no answer within 0.03 s'),
  });
  await expect(createAsk()(address(), 'x', AbortSignal.timeout(30))).rejects.toMatchObject({ name: 'TimeoutError' });
  for (const socket of sockets) socket.destroy();
});

test('an answer without an end costs a bounded time and memory', async () => {
  await answering((line, socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      if (!socket.destroyed) socket.once('drain', flood);
    };
    if (line.includes('flood')) flood();
    else {
      const drip = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(drip));
    }
  });
  const longest = 1_000_000;
  // A busy machine takes a while for so many characters.
  await expect(createAsk(5000, { longest, patience: 10_000 })(address(), 'flood', signal)).rejects.toMatchObject({
    code: 'socket-silent',
    message: expect.stringContaining('an answer of more than 1000000 characters'),
  });
  await expect(createAsk(5000, { longest, patience: 100 })(address(), 'drip', signal)).rejects.toMatchObject({
    code: 'socket-silent',
    message: expect.stringContaining('no end of the answer within 0.1 s'),
  });
});
