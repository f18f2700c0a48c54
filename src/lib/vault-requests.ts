/** Requests to a HashiCorp Vault. */
import { readFile } from 'node:fs/promises';
import { boundedText } from './bounded-text.ts';
import { messageOf } from './errors.ts';
import { createConnections } from './http-connections.ts';
import type { Secret } from './secret.ts';
import { parseJson } from './text/parse-json.ts';
import { createVaultTokenReader, type VaultToken } from './vault-token-reader.ts';

/** A HashiCorp Vault (or an OpenBao, which has the same API), with the right to ask it. */
export interface VaultAccess {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: VaultToken;
  /** PEM file of the CA that it is trusted by; undefined: the system's. */
  readonly caFile: string | undefined;
  /** Of Vault Enterprise. */
  readonly namespace: string | undefined;
}

export interface VaultRequest {
  /** Below `/v1/`. */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Is sent as JSON. */
  readonly body?: unknown;
  /** Bytes of an answer; left out: those of a secret. */
  readonly most?: number;
}

export interface VaultAnswer {
  readonly status: number;
  /** Undefined: no JSON, or more than can be taken. */
  readonly body: unknown;
  /** The answer has more bytes than allowed. */
  readonly isTooLarge: boolean;
}

/** Disposing breaks all connections. */
export interface VaultRequests extends Disposable {
  /** Throws a `VaultFault` if there is no answer, or the signal's reason. */
  send(request: VaultRequest, signal?: AbortSignal): Promise<VaultAnswer>;
  /** Returns the token of now. Throws a `VaultFault` if there is none. */
  token(): Promise<Secret>;
}

/** There is no answer. The message begins with the address, and holds no secret. */
export class VaultFault extends Error {
  override readonly name = 'VaultFault';
}

export function createVaultRequests({ url, token, caFile, namespace }: VaultAccess): VaultRequests {
  const headers = {
    accept: 'application/json',
    ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
  };
  const read = createVaultTokenReader(token);
  const tokenNow = (): Promise<Secret> =>
    read().catch((cause: unknown) => {
      throw new VaultFault(messageOf(cause), { cause });
    });
  const opened: Disposable[] = [];
  const connect = async () => {
    const ca = caFile === undefined ? {} : { ca: await readCa(caFile) };
    const connections = createConnections({ connectTimeout: TIMEOUT, tls: ca });
    opened.push(connections);
    return connections;
  };
  let connecting: ReturnType<typeof connect> | undefined;

  const ask = async (
    sent: Secret,
    { path, method = 'GET', body, most = MOST_SECRET }: VaultRequest,
    stop: AbortSignal | undefined,
  ): Promise<VaultAnswer> => {
    connecting ??= connect();
    const connections = await connecting.catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    const address = `${url}/v1/${path}`;
    const signal = AbortSignal.any([...(stop === undefined ? [] : [stop]), AbortSignal.timeout(TIMEOUT)]);
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const all = { ...headers, 'x-vault-token': sent.reveal() };
      const answer = await connections.send(address, { method, headers: all, body: text, signal });
      const found = await boundedText(answer, most).then(parseJson).catch(noJson);
      signal.throwIfAborted();
      const isTooLarge = found === TOO_LARGE;
      return { status: answer.statusCode ?? 0, body: isTooLarge ? undefined : found, isTooLarge };
    } catch (error) {
      stop?.throwIfAborted();
      const why = signal.aborted ? `nothing in ${TIMEOUT / 1000} s` : messageOf(error);
      throw new VaultFault(`${address} does not answer (${why})`, { cause: error });
    }
  };

  return {
    token: tokenNow,

    async send(request, stop) {
      const sent = await tokenNow();
      const answer = await ask(sent, request, stop);
      if (answer.status !== 403) return answer;
      // Its file may have another one since.
      const fresh = await tokenNow();
      return fresh === sent ? answer : ask(fresh, request, stop);
    },

    [Symbol.dispose]: () => {
      for (const each of opened) each[Symbol.dispose]();
    },
  };
}

/** Milliseconds. */
const TIMEOUT = 10_000;
/** Bytes of an answer with a secret. */
export const MOST_SECRET = 1_000_000;

const TOO_LARGE = Symbol('too large');

/** An answer that is too long, or no JSON, is an answer all the same; a connection that broke is none. */
function noJson(error: unknown): typeof TOO_LARGE | undefined {
  if (error instanceof RangeError) return TOO_LARGE;
  if (error instanceof SyntaxError) return undefined;
  throw error;
}

async function readCa(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VaultFault(`VAULT_CACERT: ${path} cannot be read`, { cause });
  });
}
