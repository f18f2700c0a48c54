import { connect as connectHttp2 } from 'node:http2';
import { connect, type ConnectionOptions, type SecureVersion } from 'node:tls';
import type { Issued } from './issue.ts';

export interface TlsRequest {
  readonly port: number;
  /** The name in the TLS hello; left out: none. */
  readonly sni?: string;
  /** The header `Host`. */
  readonly host: string;
  readonly path?: string;
  /** The client's certificate. */
  readonly own?: Issued | undefined;
  readonly session?: Buffer | undefined;
  readonly version?: SecureVersion;
  readonly ciphers?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TlsAnswer {
  /** Undefined: the handshake failed, or the connection was ended. */
  readonly status: number | undefined;
  readonly text: string;
  /** What a later connection can go on with. */
  readonly session: Buffer | undefined;
  readonly protocol: string | null;
  readonly cipher: string | undefined;
  /** Common name of the server's certificate. */
  readonly certificate: string | undefined;
}

function optionsFor({ port, sni, own, session, version, ciphers }: Omit<TlsRequest, 'host'>): ConnectionOptions {
  return {
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(sni !== undefined && { servername: sni }),
    ...(own !== undefined && { cert: own.certificate, key: own.key }),
    ...(session !== undefined && { session }),
    ...(version !== undefined && { minVersion: version, maxVersion: version }),
    ...(ciphers !== undefined && { ciphers }),
  };
}

/** One request over HTTP/1.1 on a TLS connection of its own. */
export function askTls(request: TlsRequest): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let session: Buffer | undefined;
    const socket = connect(optionsFor(request));
    let known: Pick<TlsAnswer, 'protocol' | 'cipher' | 'certificate'> = {
      protocol: null,
      cipher: undefined,
      certificate: undefined,
    };
    socket.on('secureConnect', () => {
      const { subject } = socket.getPeerCertificate();
      known = { protocol: socket.getProtocol(), cipher: socket.getCipher().name, certificate: String(subject?.CN) };
    });
    socket.on('session', (fresh) => (session = fresh));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('close', () => {
      const [, status] = /^HTTP\/1.1 (\d+)/.exec(text) ?? [];
      resolve({ status: status === undefined ? undefined : Number(status), text, session, ...known });
    });
    const more = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${request.path ?? '/'} HTTP/1.1\r\nHost: ${request.host}\r\n${more.join('')}Connection: close\r\n\r\n`);
  });
}

/** Several requests over HTTP/2 on one TLS connection, one for each host. Returns their statuses. */
export async function askHttp2(request: Omit<TlsRequest, 'host'>, hosts: readonly string[]): Promise<readonly number[]> {
  const client = connectHttp2(`https://127.0.0.1:${request.port}`, {
    ...optionsFor(request),
    ALPNProtocols: ['h2'],
  } as never);
  try {
    const statuses: number[] = [];
    for (const host of hosts) {
      statuses.push(
        await new Promise<number>((resolve, reject) => {
          client.once('error', reject);
          const stream = client.request({ ':path': '/', ':authority': host });
          stream.once('response', (headers) => resolve(Number(headers[':status'])));
          stream.once('error', reject);
          stream.resume().end();
        }),
      );
    }
    return statuses;
  } finally {
    client.destroy();
  }
}
