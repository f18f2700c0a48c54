/** Servers in the place of tasks, which speak what the simulator's do not. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';

export interface TaskServer extends AsyncDisposable {
  readonly port: number;
}

/** A server that says version, TLS and SNI of each request; HTTP/1.1 and HTTP/2. */
export function startTls(certificate: string): Promise<TaskServer> {
  const pem = readFileSync(certificate, 'utf8');
  const server = createSecureServer({ key: pem, cert: pem, allowHTTP1: true }, ({ httpVersion, socket }, response) => {
    const name = (socket as { servername?: string | false }).servername;
    response.end(`${httpVersion} true ${name || 'none'}`);
  });
  return listening(server);
}

/** The same without TLS, only HTTP/2. */
export function startClear(): Promise<TaskServer> {
  const server = createHttp2Server(({ httpVersion }, response) => response.end(`${httpVersion} false none`));
  return listening(server);
}

/** The same over HTTP/1.1; `/health` is only there for the host `check.internal`. */
export function startPicky(): Promise<TaskServer> {
  const server = createServer(({ url, headers }, response) => {
    response.setHeader('content-type', 'text/plain');
    response.statusCode = url === '/health' && headers.host !== 'check.internal' ? 404 : 200;
    response.end('1.1 false none');
  });
  return listening(server);
}

/** A server whose parameters are headers of its answers, such as `?cache-control=max-age=60`; each answer has another number. */
export function startCounting(): Promise<TaskServer> {
  let count = 0;
  const server = createServer(({ url = '', headers }, response) => {
    count += 1;
    const { pathname, searchParams } = new URL(url, 'http://task');
    for (const [name, value] of searchParams) response.setHeader(name, value);
    response.setHeader('x-path', pathname);
    response.end(`${count} ${String(headers['x-forwarded-host'] ?? headers.host)}`);
  });
  return listening(server);
}

/** A gRPC server, by what HAProxy sees of one: HTTP/2 without TLS, and a status after the message, which it sends back. */
export function startGrpc(): Promise<TaskServer> {
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.pipe(stream);
  });
  return listening(server);
}

/** A server that takes what is sent to it, and says how many bytes it was. */
export function startSink(): Promise<TaskServer> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(String(bytes)));
  });
  return listening(server);
}

/** A server of WebSockets, by what HAProxy sees of one: after the handshake it sends back what comes. */
export function startWebSocket(): Promise<TaskServer> {
  const server = createServer();
  server.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    socket.on('error', () => socket.destroy());
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.pipe(socket);
  });
  return listening(server);
}

async function listening(server: Server): Promise<TaskServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
