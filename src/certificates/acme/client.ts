/** The ACME protocol (RFC 8555), by a library that is loaded only if it is needed. */
import { Agent } from 'node:https';
import type { Authorization, axios as axiosOfLibrary, Client, Order } from 'acme-client';
import { version } from '../../config/version.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Secret } from '../../lib/secret.ts';
import { AcmeError, problemError, shown } from './error.ts';
import { parseWindow, type RenewalWindow } from './renewal-info.ts';

export interface AcmeServer {
  /** Address of the directory. */
  readonly directory: string;
  /** Certificates (PEM) that it is trusted by, beside those of the system; undefined: only those. */
  readonly ca?: string | undefined;
  readonly email?: string | undefined;
  /** External account binding. */
  readonly eab?: { readonly kid: string; readonly key: Secret } | undefined;
}

export type Challenge = Authorization['challenges'][number];

export interface AcmeClient {
  order(host: string, replaces: string | undefined): Promise<Order>;
  /** Returns an order as it is now. */
  orderAt(url: string): Promise<Order>;
  authorizations(order: Order): Promise<readonly Authorization[]>;
  /** Returns the text that a DNS-01 record must have. */
  recordOf(challenge: Challenge): Promise<string>;
  /** Has the server look at a challenge. */
  complete(challenge: Challenge): Promise<void>;
  finalize(order: Order, host: string, key: Secret): Promise<void>;
  /** Returns the certificate with its chain as PEM. */
  certificate(order: Order): Promise<string>;
  /** Returns when a certificate should be renewed (RFC 9773); undefined if the server does not say. */
  renewalWindow(certificateId: string): Promise<RenewalWindow | undefined>;
}

/** Makes a client with an account that exists. All that it throws is an `AcmeError`, or the signal's reason. */
export async function createAcmeClient(server: AcmeServer, accountKey: Secret, signal: AbortSignal): Promise<AcmeClient> {
  const { axios, Client: AcmeProtocol, crypto } = await import('acme-client');
  setUp(axios, server, signal);
  const { eab, email } = server;
  const client = new AcmeProtocol({
    directoryUrl: server.directory,
    accountKey: accountKey.reveal(),
    ...(eab !== undefined && { externalAccountBinding: { kid: eab.kid, hmacKey: eab.key.reveal() } }),
  });
  await asServerFault(register(client, email));
  const { data: resources } = await axios.get<{ readonly renewalInfo?: unknown } | undefined>(server.directory);
  const renewalInfo = typeof resources?.renewalInfo === 'string' ? resources.renewalInfo.replace(/\/$/, '') : undefined;

  /** The library's own errors are about answers that it cannot read. */
  const orFault = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AcmeError) throw error;
      throw new AcmeError('server', shown(messageOf(error), 200), { cause: error });
    }
  };

  return {
    order: (host, replaces) =>
      orFault(async () => {
        const request = { identifiers: [{ type: 'dns', value: host }] };
        if (replaces === undefined || renewalInfo === undefined) return client.createOrder(request);
        // It may have been replaced by an order that was lost.
        return client.createOrder({ ...request, replaces } as typeof request).catch((error: unknown) => {
          if (error instanceof AcmeError && error.kind === 'order' && error.type !== 'rateLimited')
            return client.createOrder(request);
          throw error;
        });
      }),
    orderAt: (url) => orFault(() => client.getOrder({ url } as Order)),
    authorizations: (order) => orFault(() => client.getAuthorizations(order)),
    recordOf: (challenge) => orFault(() => client.getChallengeKeyAuthorization(challenge)),
    complete: (challenge) => orFault(async () => void (await client.completeChallenge(challenge))),
    finalize: (order, host, key) =>
      orFault(async () => {
        const [, csr] = await crypto.createCsr({ altNames: [host] }, key.reveal());
        await client.finalizeOrder(order, csr);
      }),
    certificate: (order) => orFault(() => client.getCertificate(order)),
    renewalWindow: (certificateId) =>
      orFault(async () => {
        if (renewalInfo === undefined) return undefined;
        const { data, headers } = await axios.get<unknown>(`${renewalInfo}/${certificateId}`);
        return parseWindow(data, retryAfterOf(headers['retry-after']));
      }),
  };
}

/** Takes the account of the key, or makes one. A server may refuse to be told nothing new about an account (the library would do so). */
async function register(client: Client, email: string | undefined): Promise<void> {
  const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
  try {
    await client.createAccount({ onlyReturnExisting: true });
  } catch (error) {
    if (!(error instanceof AcmeError) || error.type !== 'accountDoesNotExist') throw error;
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    return;
  }
  if (email !== undefined) await client.updateAccount(contact);
}

/** Without an account nothing can be ordered, whatever the server has against it. */
async function asServerFault<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const { type, retryAfter } = error instanceof AcmeError ? error : {};
    throw new AcmeError('server', shown(messageOf(error), 200), { type, retryAfter, cause: error });
  });
}

type Axios = typeof axiosOfLibrary;

/**
 * Takes the library's own handling of failures away: it waits as long as a server says, which may be days, and loses why a server cannot be
 * reached.
 */
function setUp(axios: Axios, { ca, directory }: AcmeServer, signal: AbortSignal): void {
  axios.interceptors.request.clear();
  axios.interceptors.response.clear();
  Object.assign(axios.defaults, { timeout: 30_000, maxContentLength: 1_000_000, validateStatus: null });
  axios.defaults.headers.common['User-Agent'] = `marathon-lb/${version()}`;
  if (ca !== undefined) axios.defaults.httpsAgent = new Agent({ ca });
  axios.interceptors.request.use((config) => Object.assign(config, { signal }));
  axios.interceptors.response.use(
    (response) => {
      const { status, data, headers } = response;
      if (status < 400) return response;
      const retryAfter = retryAfterOf(headers['retry-after']);
      const problem = problemError(data, retryAfter);
      // The library tries again with another nonce.
      if (problem?.type === 'badNonce' && status === 400) return response;
      if (problem !== undefined && status < 500) throw problem;
      throw new AcmeError('server', `status ${status}${problem === undefined ? '' : `: ${problem.message}`}`, {
        type: problem?.type,
        retryAfter,
      });
    },
    (error: unknown) => {
      signal.throwIfAborted();
      throw new AcmeError('server', reasonOf(error, directory), { cause: error });
    },
  );
}

function reasonOf(error: unknown, directory: string): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return shown(`${typeof code === 'string' ? `${code}: ` : ''}${String(message)}`, 200) || `no answer from ${directory}`;
}

/** Returns milliseconds; undefined if the header says nothing. */
function retryAfterOf(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return wait > 0 ? wait : undefined;
}
