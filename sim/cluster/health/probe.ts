import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { HealthCheck } from '../../definition/app-definition.ts';

/**
 * Asks a task once, as Marathon does. Gives the cause of the failure in Marathon's words, or undefined when all is well:
 * status 200–399, a connection (TCP); commands always pass. HTTPS certificates are not verified.
 */
export async function probe(
  check: Pick<HealthCheck, 'protocol' | 'path'>,
  address: { host: string; port: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { protocol, path = '/' } = check;
  if (protocol === 'COMMAND') return undefined;
  if (protocol.endsWith('TCP')) return probeTcp(address, timeoutMs);
  const answer = await get(protocol.endsWith('HTTPS'), address, path, timeoutMs, signal);
  if (typeof answer === 'string') return answer;
  return answer.status >= 200 && answer.status < 400 ? undefined : `${answer.status} ${answer.text}`;
}

/** Sends one GET without keep-alive; returns the status, or why there is no answer. */
export async function get(
  tls: boolean,
  { host, port }: { host: string; port: number },
  path: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ status: number; text: string; contentType: string; body: string } | string> {
  return new Promise((resolve) => {
    const options = { host, port, path, agent: false, rejectUnauthorized: false, signal, headers: { 'user-agent': 'marathon' } };
    const request = (tls ? httpsRequest : httpRequest)(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', (error) => resolve(error.message));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          text: response.statusMessage ?? '',
          contentType: response.headers['content-type'] ?? '',
          body,
        });
      });
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`AskTimeoutException: no answer within ${timeoutMs} ms`)));
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? `ConnectException: Connection refused: ${host}:${port}` : error.message);
    });
    request.end();
  });
}

function probeTcp({ host, port }: { host: string; port: number }, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (failure: string | undefined): void => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(timeoutMs, () => end(`SocketTimeoutException: connect timed out: ${host}:${port}`));
    socket.once('connect', () => end(undefined));
    socket.once('error', () => end(`ConnectException: Connection refused: ${host}:${port}`));
  });
}
