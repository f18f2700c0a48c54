import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Auth } from '../../../config/settings.ts';
import { boundedText } from '../../../lib/bounded-text.ts';
import { parseJson } from '../../../lib/text/parse-json.ts';
import type { Connections } from '../../../lib/http-connections.ts';
import { basic, shown } from './endpoint.ts';
import { MarathonError } from '../error.ts';
import { tlsRemedy } from './tls.ts';
import { systemCode } from '../../../lib/errors.ts';

/** Makes the `Authorization` header of requests to Marathon. */
export interface Authorizer {
  /** The header's value, or undefined for none; logs in if that is needed. Throws a `MarathonError` (`login`). */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** After a 401 that `used` got: makes another one. False if there is nothing that could be tried. */
  renew(used: string | undefined, signal: AbortSignal): Promise<boolean>;
}

/** `connections` are those with the TLS settings; `now` is the wall clock in milliseconds. */
export function createAuthorizer(
  auth: Auth,
  options: { connections: Connections; userAgent: string; now?: () => number },
): Authorizer {
  if (auth.kind === 'none') return fixed(undefined);
  if (auth.kind === 'basic') return fixed(basic(auth.user, auth.password.reveal()));
  return dcos(auth, { now: Date.now, ...options });
}

function fixed(header: string | undefined): Authorizer {
  return { header: () => Promise.resolve(header), renew: () => Promise.resolve(false) };
}

/** Service account of DC/OS: a JWT signed with the account's key buys a token, which is a JWT itself. */
function dcos(
  account: Auth & { kind: 'dcos' },
  { connections, userAgent, now }: { connections: Connections; userAgent: string; now: () => number },
): Authorizer {
  let current: { header: string; renewAt: number } | undefined;
  let pending: Promise<{ header: string; renewAt: number }> | undefined;

  /** One login at a time for all requests; it goes on if one of them is aborted. */
  const login = async (): Promise<string> => {
    pending ??= buyToken().finally(() => (pending = undefined));
    current = await pending;
    return current.header;
  };

  const buyToken = async (): Promise<{ header: string; renewAt: number }> => {
    // Not before: it takes a while to load, and few have such an account.
    const { decodeJwt, SignJWT } = await import('jose');
    const signed = await new SignJWT({ uid: account.uid })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setExpirationTime(Math.floor(now() / 1000) + 60)
      .sign(keyOf(account));
    const token = await post(JSON.stringify({ uid: account.uid, token: signed }));
    return { header: `token=${token}`, renewAt: expiryOf(token, now(), decodeJwt) - RENEW_BEFORE };
  };

  const post = async (body: string): Promise<string> => {
    const where = shown(account.loginEndpoint);
    const asked = {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': userAgent },
      signal: AbortSignal.timeout(LOGIN_TIMEOUT),
    };
    const { statusCode, text } = await connections
      .send(account.loginEndpoint, asked)
      .then(async (answer) => ({ statusCode: answer.statusCode, text: await boundedText(answer, MOST_TOKEN) }))
      .catch((error: unknown) => {
        throw unreachable(where, error);
      });
    if (statusCode !== 200) {
      throw new MarathonError(
        'login',
        `the DC/OS login at ${where} answers ${statusCode} for the service account "${account.uid}": check uid, private_key and login_endpoint of --dcos-auth-credentials`,
        { status: statusCode },
      );
    }
    const token = tokenOf(text);
    if (token === undefined) {
      throw new MarathonError(
        'login',
        `the DC/OS login at ${where} answers without a token: check login_endpoint of --dcos-auth-credentials`,
      );
    }
    return token;
  };

  return {
    header: async (signal) => {
      return current !== undefined && now() < current.renewAt ? current.header : await orAborted(login(), signal);
    },
    renew: async (used, signal) => {
      if (current === undefined || current.header === used) await orAborted(login(), signal);
      return true;
    },
  };
}

/** Milliseconds: marathon-lb's 10 s before the end, and time for a request on its way. */
const RENEW_BEFORE = 30_000;
const LOGIN_TIMEOUT = 15_000;
/** Bytes. */
const MOST_TOKEN = 1_000_000;

/** Node's own import takes PKCS#1 and PKCS#8 alike. */
function keyOf(account: Auth & { kind: 'dcos' }): KeyObject {
  try {
    return createPrivateKey(account.privateKey.reveal());
  } catch {
    // The cause is left out: it could quote the key.
    throw new MarathonError(
      'login',
      'private_key of --dcos-auth-credentials is no PEM private key (PKCS#1 or PKCS#8) that can be read',
    );
  }
}

function unreachable(where: string, error: unknown): MarathonError {
  const code = systemCode(error) ?? (error instanceof Error ? error.name : 'unknown');
  if (error instanceof RangeError)
    return new MarathonError('login', `the DC/OS login at ${where} gives ${error.message}`, { cause: error });
  const remedy = tlsRemedy(error, '--dcos-auth-credentials');
  const hint = remedy === undefined ? '' : `: ${remedy}`;
  return new MarathonError('login', `the DC/OS login at ${where} cannot be reached (${code})${hint}`, { cause: error });
}

/** The promise, or the reason of the signal if that is first. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function tokenOf(text: string): string | undefined {
  try {
    const token = (parseJson(text) as { token?: unknown } | null)?.token;
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

/** End of the token's life in milliseconds; a token that does not say it is taken to last an hour. */
function expiryOf(token: string, now: number, decode: (token: string) => { exp?: number }): number {
  try {
    const { exp } = decode(token);
    return exp === undefined ? now + 3_600_000 : exp * 1000;
  } catch {
    return now + 3_600_000;
  }
}
