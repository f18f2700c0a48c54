/** Asks the endpoints of the load balancer that runs on this machine. */
import { request } from 'node:http';
import { type AdminListen, adminAddress } from '../../config/places/admin-listen.ts';
import { boundedText } from '../../lib/bounded-text.ts';
import { messageOf } from '../../lib/errors.ts';

/** Returns what `read` makes of the answer, or in a sentence why there is none. `read` throws if it is none. */
export async function askRunning<T>(
  listen: AdminListen | undefined,
  path: string,
  read: (text: string) => T,
): Promise<T | string> {
  if (listen === undefined) return 'the load balancer has no endpoints of its own (--admin-listen off)';
  const where = adminAddress(listen);
  const place =
    listen.kind === 'unix'
      ? { socketPath: listen.path }
      : { host: where.slice(0, where.lastIndexOf(':')).replaceAll(/[[\]]/g, ''), port: listen.port };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE);
    const fail = (why: string): void =>
      resolve(
        `no load balancer answers at ${where} (${why}); is it running? Give the --state-dir and --haproxy-config that it was started with, or --admin-listen`,
      );
    const failed = (error: unknown): void => fail(signal.aborted ? `no answer within ${PATIENCE / 1000} s` : messageOf(error));
    const asked = request({ ...place, path, signal }, (answer) => {
      if (answer.statusCode === 200)
        boundedText(answer, MOST_TEXT)
          .then((text) => resolve(read(text)))
          .catch(failed);
      else {
        answer.destroy();
        fail(`status ${answer.statusCode}: an older version, or another program`);
      }
    });
    asked.on('error', failed);
    asked.end();
  });
}

/** Milliseconds: more than the load balancer waits for HAProxy. */
const PATIENCE = 10_000;

/** Bytes: a status of 10,000 services with their servers is about 10 million. */
const MOST_TEXT = 256 * 1024 * 1024;
