/** Requests to a HashiCorp Vault. */
import { readFile } from 'node:fs/promises';
import { boundedText } from './bounded-text.ts';
import { messageOf } from './errors.ts';
import { createConnections } from './http-connections.ts';
import type { Secret } from './secret.ts';
import { parseJson } from './text/parse-json.ts';

export interface VaultAccess {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
  /** PEM file of the CA that it is trusted by; undefined: the system's. */
  readonly caFile: string | undefined;
  readonly namespace: string | undefined;
}

export interface VaultRequest {
  /** Below `/v1/`. */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Is sent as JSON. */
  readonly body?: unknown;
}

export interface VaultAnswer {
  readonly status: number;
  /** Undefined: no JSON, or more than can be taken. */
  readonly body: unknown;
}

/** Disposing breaks all connections. */
export interface VaultRequests extends Disposable {
  /** Throws a `VaultFault` if there is no answer, or the signal's reason. */
  send(request: VaultRequest, signal?: AbortSignal): Promise<VaultAnswer>;
}

/** There is no answer. The message begins with the address, and holds no secret. */
export class VaultFault extends Error {
  override readonly name = 'VaultFault';
}

export function createVaultRequests({ url, token, caFile, namespace }: VaultAccess): VaultRequests {
  const headers = {
    'x-vault-token': token.reveal(),
    accept: 'application/json',
    ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
  };
  const opened: Disposable[] = [];
  const connect = async () => {
    const ca = caFile === undefined ? {} : { ca: await readCa(caFile) };
    const connections = createConnections({ connectTimeout: TIMEOUT, tls: ca });
    opened.push(connections);
    return connections;
  };
  let connecting: ReturnType<typeof connect> | undefined;

  return {
    async send({ path, method = 'GET', body }, stop) {
      connecting ??= connect();
      const connections = await connecting.catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
      const address = `${url}/v1/${path}`;
      const signal = AbortSignal.any([...(stop === undefined ? [] : [stop]), AbortSignal.timeout(TIMEOUT)]);
      try {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const answer = await connections.send(address, { method, headers, body: text, signal });
        const found = await boundedText(answer, MOST_SECRET).then(parseJson).catch(noJson);
        signal.throwIfAborted();
        return { status: answer.statusCode ?? 0, body: found };
      } catch (error) {
        stop?.throwIfAborted();
        const why = signal.aborted ? `nothing in ${TIMEOUT / 1000} s` : messageOf(error);
        throw new VaultFault(`${address} does not answer (${why})`, { cause: error });
      }
    },

    [Symbol.dispose]: () => {
      for (const each of opened) each[Symbol.dispose]();
    },
  };
}

/** Milliseconds. */
const TIMEOUT = 10_000;
/** Bytes of an answer. */
const MOST_SECRET = 1_000_000;

/** An answer that is too long, or no JSON, is one that nobody can read; a connection that broke is none. */
function noJson(error: unknown): undefined {
  if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
  throw error;
}

async function readCa(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VaultFault(`VAULT_CACERT: ${path} cannot be read`, { cause });
  });
}
