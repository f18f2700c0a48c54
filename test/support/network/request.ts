import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface RequestOptions {
  readonly port: number;
  /** The header `Host`. */
  readonly host?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over TLS, with this name. */
  readonly sni?: string;
  /** The client's address: any of 127.0.0.0/8. */
  readonly from?: string;
  /** Milliseconds without a byte after which it fails. */
  readonly patience?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Which app answered, where a task of the simulator did. */
  readonly app: string | undefined;
  readonly task: string | undefined;
  /** The path as the task saw it; undefined if the answer is compressed. */
  readonly seen: string | undefined;
  /** Common name of the certificate. */
  readonly certificate: string | undefined;
}

/** One request to 127.0.0.1 on a connection of its own; redirects are not followed. */
export function get(
  path: string,
  { port, host, method = 'GET', body = '', headers = {}, sni, from, patience = 10_000 }: RequestOptions,
): Promise<Answer> {
  const name = host ?? sni;
  const all = { ...(name === undefined ? {} : { host: name }), ...headers };
  const common = { host: '127.0.0.1', port, path, method, agent: false, headers: all, timeout: patience } as const;
  const options = from === undefined ? common : { ...common, localAddress: from };
  return new Promise((resolve, reject) => {
    const sent =
      sni === undefined ? httpRequest(options) : httpsRequest({ ...options, servername: sni, rejectUnauthorized: false });
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error(`no answer to ${path} on port ${port}`)));
    sent.once('response', (response) => {
      const certificate = sni === undefined ? undefined : (response.socket as TLSSocket).getPeerCertificate().subject.CN;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        const one = (field: string): string | undefined => [response.headers[field]].flat()[0];
        const isTold = one('x-sim-app') !== undefined && one('content-encoding') === undefined;
        const seen = isTold ? (JSON.parse(text) as { path?: string }).path : undefined;
        const who = { app: one('x-sim-app'), task: one('x-sim-task'), seen };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, certificate: String(certificate), ...who });
      });
    });
    sent.end(body);
  });
}
