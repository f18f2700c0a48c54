/** A small real HTTP server that keeps to the documentation of Vault's KV engine of version 2: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 */
import type { IncomingMessage } from 'node:http';
import { serve, type TestServer } from '../marathon/marathon-http.ts';

export interface VaultServerOptions {
  readonly token: string;
  /** Left out: `secret`. */
  readonly mount?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Of the token, in seconds; left out: it has no end. */
  readonly ttl?: number;
  /** The engine is configured with `cas_required`. */
  readonly needsVersion?: boolean;
}

/** Secrets in memory, which are there for as long as the server is; it may go away and come back at its address. */
export interface VaultServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: TestServer['requests'];
  /** As an operator does: `vault kv put MOUNT/PATH …`. */
  put(path: string, data: Readonly<Record<string, unknown>>): void;
  /** As `vault kv delete`: the versions stay. */
  remove(path: string): void;
  /** Returns what is there now. */
  get(path: string): Readonly<Record<string, unknown>> | undefined;
  /** How many versions a secret has had. */
  versionOf(path: string): number;
  /** `silent` gives no answer; `gone` breaks each connection; `sealed` answers 503. */
  turn(state: 'served' | 'silent' | 'gone' | 'sealed'): void;
  renewals(): number;
  /** Answers 403 for a secret: the policy forbids it. */
  deny(path: string): void;
}

interface Version {
  readonly data: Readonly<Record<string, unknown>>;
  readonly created: string;
  deleted: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Vault keeps ten versions of a secret, unless told otherwise. */
const KEPT = 10;

export async function startVaultServer({
  token,
  mount = 'secret',
  tls,
  ttl,
  needsVersion = false,
}: VaultServerOptions): Promise<VaultServer> {
  /** By version. */
  const secrets = new Map<string, Map<number, Version>>();
  let state: Parameters<VaultServer['turn']>[0] = 'served';
  let renewals = 0;
  const denied = new Set<string>();
  let moment = Date.now();
  const time = (): string => new Date((moment = Math.max(moment + 1, Date.now()))).toISOString();

  const currentOf = (path: string): number => Math.max(0, ...(secrets.get(path)?.keys() ?? []));
  const metadataOf = (version: number, { created, deleted }: Version) => ({
    created_time: created,
    custom_metadata: null,
    deletion_time: deleted,
    destroyed: false,
    version,
  });
  const add = (path: string, data: Version['data']): Answer => {
    const versions = secrets.get(path) ?? new Map<number, Version>();
    const number = currentOf(path) + 1;
    const version = { data, created: time(), deleted: '' };
    versions.set(number, version);
    versions.delete(number - KEPT);
    secrets.set(path, versions);
    return { status: 200, body: { data: metadataOf(number, version) } };
  };

  const data = (method: string, path: string, body: string): Answer => {
    const number = currentOf(path);
    const version = secrets.get(path)?.get(number);
    if (method === 'GET') {
      if (version === undefined) return { status: 404, body: { errors: [] } };
      const isDeleted = version.deleted !== '';
      return {
        status: isDeleted ? 404 : 200,
        body: { data: { data: isDeleted ? null : version.data, metadata: metadataOf(number, version) } },
      };
    }
    if (method === 'POST' || method === 'PUT') {
      const given = JSON.parse(body) as { readonly options?: { readonly cas?: number }; readonly data?: Version['data'] };
      if (given.data === undefined) return { status: 400, body: { errors: ['no data provided'] } };
      if (needsVersion && given.options?.cas === undefined) {
        return { status: 400, body: { errors: ['check-and-set parameter required for this call'] } };
      }
      if (given.options?.cas !== undefined && given.options.cas !== number) {
        return { status: 400, body: { errors: ['check-and-set parameter did not match the current version'] } };
      }
      return add(path, given.data);
    }
    return { status: 405, body: { errors: ['unsupported operation'] } };
  };

  const metadata = (method: string, path: string, isList: boolean): Answer => {
    if (isList) {
      const prefix = path === '' ? '' : `${path.replace(/\/$/, '')}/`;
      const below = [...secrets.keys()].filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
      const keys = [...new Set(below.map((each) => each.replace(/\/.*$/, '/')))].sort();
      return keys.length === 0 ? { status: 404, body: { errors: [] } } : { status: 200, body: { data: { keys } } };
    }
    if (method === 'DELETE') {
      secrets.delete(path);
      return { status: 204 };
    }
    return { status: 405, body: { errors: ['unsupported operation'] } };
  };

  const answer = ({ headers, method = '', url = '' }: IncomingMessage, body: string): Answer => {
    if (state === 'sealed') return { status: 503, body: { errors: ['Vault is sealed'] } };
    const { pathname, searchParams } = new URL(url, 'http://vault');
    const path = decodeURIComponent(pathname).replace(/^\/v1\//, '');
    if (headers['x-vault-token'] !== token) return { status: 403, body: { errors: ['permission denied'] } };
    if (denied.has(path)) return { status: 403, body: { errors: ['permission denied'] } };
    if (path === 'auth/token/renew-self' && method === 'POST') {
      renewals += 1;
      if (ttl === undefined) return { status: 400, body: { errors: ['lease is not renewable'] } };
      return { status: 200, body: { auth: { lease_duration: ttl, renewable: true } } };
    }
    if (path.startsWith(`${mount}/data/`)) return data(method, path.slice(`${mount}/data/`.length), body);
    if (path.startsWith(`${mount}/metadata`)) {
      const isList = method === 'LIST' || (method === 'GET' && searchParams.get('list') === 'true');
      return metadata(method, path.slice(`${mount}/metadata/`.length), isList);
    }
    return { status: 404, body: { errors: [`no handler for route "${path}". route entry not found.`] } };
  };

  const server = await serve((request, response) => {
    if (state === 'silent') return;
    if (state === 'gone') return void request.socket.destroy();
    const { status, body } = answer(request, server.requests.at(-1)?.body ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
  }, tls);

  return {
    url: server.url,
    requests: server.requests,
    put: (path, given) => void add(path, given),
    remove(path) {
      const version = secrets.get(path)?.get(currentOf(path));
      if (version !== undefined) version.deleted = time();
    },
    get(path) {
      const version = secrets.get(path)?.get(currentOf(path));
      return version?.deleted === '' ? version.data : undefined;
    },
    versionOf: currentOf,
    turn(next) {
      state = next;
      if (next !== 'served') server.cut();
    },
    renewals: () => renewals,
    deny: (path) => void denied.add(`${mount}/data/${path}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
