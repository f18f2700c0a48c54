import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { boundedText } from '../../lib/bounded-text.ts';
import { createConnections } from '../../lib/http-connections.ts';
import type { Environment, Vault } from './environment.ts';
import { ContainerError } from '../error.ts';
import { parseJson } from '../../lib/text/parse-json.ts';
import { messageOf } from '../../lib/errors.ts';

/** Milliseconds. */
const TIMEOUT = 10_000;
/** Bytes of an answer. */
const MOST_SECRET = 1_000_000;

/** Asks HashiCorp Vault for user and password (KV version 1 or 2). Throws a `ContainerError` without any secret,
 * or the signal's reason. */
export async function askVault(
  { url, token, caFile }: Vault,
  stop: AbortSignal,
): Promise<NonNullable<Environment['credentials']>> {
  const ca = caFile === undefined ? {} : { ca: await readCa(caFile) };
  using connections = createConnections({ connectTimeout: TIMEOUT, tls: ca });
  const headers = { 'x-vault-token': token.reveal(), accept: 'application/json' };
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT)]);
  const answer = await connections.send(url, { headers, signal }).catch((error: unknown) => {
    stop.throwIfAborted();
    const why = messageOf(error);
    throw fault(url, `does not answer (${why}): check VAULT_HOST, VAULT_PORT and, for TLS, VAULT_CACERT`, error);
  });
  const status = answer.statusCode ?? 0;
  if (status !== 200) throw fault(url, `answers ${status}: ${hintAt(status)}`);
  const parsed = answers.safeParse(
    await boundedText(answer, MOST_SECRET)
      .then(parseJson)
      .catch(() => undefined),
  );
  if (!parsed.success) {
    throw fault(url, 'has no texts `user` and `pass`: check VAULT_PATH (with KV version 2: MOUNT/data/NAME)');
  }
  const { data } = parsed.data;
  const found = 'data' in data ? data.data : data;
  return { user: found.user, password: new Secret(found.pass) };
}

/** Statuses: Vault's HTTP API documentation. */
function hintAt(status: number): string {
  if (status === 403) return 'check VAULT_TOKEN';
  if (status === 400 || status === 404) return 'check VAULT_PATH';
  return 'it is sealed, on standby or failing; check VAULT_HOST';
}

const login = z.object({ user: z.string().min(1), pass: z.string().min(1) });
/** Version 2 first: its secret lies one deeper, beside `metadata`. */
const answers = z.object({ data: z.union([z.object({ data: login }), login]) });

async function readCa(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ContainerError(`VAULT_CACERT: ${path} cannot be read.`, { cause });
  });
}

function fault(url: string, what: string, cause?: unknown): ContainerError {
  return new ContainerError(`Vault at ${url} ${what}.`, { cause });
}
