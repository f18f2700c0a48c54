import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signedFor } from '../network/certificate.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP(S) server on a port of its own that answers as `handle` says, and keeps what it was asked. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** May be replaced at any time. */
  handle: Handler;
  /** Breaks all connections. */
  cut(): void;
}

export async function serve(handle: Handler, tls?: { key: string; cert: string }): Promise<TestServer> {
  const requests: TestServer['requests'][number][] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      server.handle(request, response);
    });
  };
  const listener = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const server: TestServer = {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    port,
    requests,
    handle,
    cut: () => listener.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
  return server;
}

/** Answers with JSON. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Handler {
  return (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** Answers without an end, as fast as it is read. */
export function endless(unit: string, headers: Record<string, string> = {}): Handler {
  const block = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)));
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    const more = (): void => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', more);
    more();
  };
}

/** A CA made for this test, and a certificate of it for 127.0.0.1. */
export interface TestCa extends Disposable {
  readonly caFile: string;
  readonly key: string;
  readonly cert: string;
}

export async function makeCa(): Promise<TestCa> {
  const folder = mkdtempSync(join(tmpdir(), 'mlb-ca-'));
  const caFile = join(folder, 'ca.pem');
  const { ca, cert, key } = await signedFor('127.0.0.1');
  writeFileSync(caFile, ca);
  return { caFile, key, cert, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come true within 10 s`);
    await sleep(5);
  }
}
