import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { VaultPlace } from '../../config/places/cert-store.ts';
import { createVaultRequests, type VaultAnswer, VaultFault, type VaultRequest } from '../../lib/vault-requests.ts';
import { STATE_FILE } from '../acme/documents.ts';
import { CertificateError } from '../error.ts';
import type { Entry, KeyValue } from './key-value.ts';
import { createTokenRenewal } from './vault-token.ts';

/** Makes the store of `--cert-store vault:MOUNT/PATH`: secrets of a KV engine of version 2 (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2). */
export function createVault(
  { server, mount, path }: VaultPlace,
  { lookEvery = LOOK_EVERY }: { readonly lookEvery?: number } = {},
): KeyValue {
  const requests = createVaultRequests(server);
  const name = `vault:${mount}/${path}`;
  const renewToken = createTokenRenewal(requests, () => performance.now());

  const send = async (request: VaultRequest): Promise<VaultAnswer> => {
    try {
      await renewToken();
      return await requests.send(request);
    } catch (error) {
      if (!(error instanceof VaultFault)) throw error;
      const hint = 'check VAULT_ADDR (or VAULT_HOST and VAULT_PORT) and, for TLS, VAULT_CACERT';
      throw new CertificateError(`${error.message}; ${hint}`, { cause: error });
    }
  };

  const at = (kind: 'data' | 'metadata', key: string): string => [mount, kind, path, key].filter((part) => part !== '').join('/');

  const refused = ({ status, body }: VaultAnswer, asked: string): CertificateError => {
    const { errors = [] } = refusals.safeParse(body).data ?? {};
    const said = errors.length === 0 ? '' : ` (${errors.join('; ').replaceAll(/\s+/g, ' ').slice(0, 200)})`;
    return new CertificateError(`${server.url}/v1/${asked} answers ${status}${said}: ${hintAt(status, asked)}`);
  };

  const read = async (key: string): Promise<Entry | undefined> => {
    const asked = at('data', key);
    const answer = await send({ path: asked });
    const found = secrets.safeParse(answer.body);
    // What is removed has an answer 404 with its metadata.
    if (found.success && (answer.status === 200 || answer.status === 404)) {
      const { data, metadata } = found.data.data;
      return { fields: data ?? undefined, version: `${metadata.version} ${metadata.created_time}` };
    }
    if (answer.status === 404 && isNothing(answer)) return undefined;
    if (answer.status === 200) throw new CertificateError(`${server.url}/v1/${asked} is no secret of a KV engine of version 2`);
    throw refused(answer, asked);
  };

  const service: KeyValue = {
    name,
    read,

    async list(folder) {
      const asked = at('metadata', folder);
      const answer = await send({ path: `${asked}?list=true` });
      const found = lists.safeParse(answer.body);
      if (answer.status === 200 && found.success) return found.data.data.keys.filter((key) => !key.endsWith('/'));
      if (answer.status === 404 && isNothing(answer)) return [];
      throw refused(answer, asked);
    },

    async write(key, fields, over) {
      const asked = at('data', key);
      // The number is that of the entry that was read: `version` has more in it.
      const options = over === undefined ? {} : { options: { cas: Number(over.entry?.version.split(' ', 1)[0] ?? 0) } };
      const answer = await send({ path: asked, method: 'POST', body: { ...options, data: fields } });
      if (answer.status === 400 && over !== undefined && isConflict(answer)) return false;
      if (answer.status === 200 && written.safeParse(answer.body).success) return true;
      if (answer.status < 300) throw new CertificateError(`${server.url}/v1/${mount} is no KV engine of version 2`);
      throw refused(answer, asked);
    },

    async remove(key) {
      const asked = at('metadata', key);
      const answer = await send({ path: asked, method: 'DELETE' });
      if (answer.status !== 204 && answer.status !== 404) throw refused(answer, asked);
    },

    async watch(changed, signal) {
      let before: string | undefined;
      while (!signal.aborted) {
        const seen = await look().catch(() => 'away');
        if (before !== undefined && seen !== before) changed();
        before = seen;
        await sleep(lookEvery, undefined, { signal, ref: false }).catch(() => {});
      }
    },
  };

  /** Vault reports no changes. Names that come and go, orders of any load balancer, and a Vault that goes away are seen soon; all else when everything is read. */
  const look = async (): Promise<string> => {
    const names = await service.list('');
    return [...names, (await read(STATE_FILE))?.version ?? ''].join('\n');
  };

  return service;
}

/** Milliseconds between two looks for changes. */
const LOOK_EVERY = 5000;

/** Statuses: Vault's HTTP API documentation. */
function hintAt(status: number, asked: string): string {
  if (status === 403) return `check VAULT_TOKEN, and that its policy allows it what --cert-store needs on ${asked}`;
  if (status === 400 || status === 404 || status === 405) return 'check the mount and the path of --cert-store';
  return 'it is sealed, on standby, overloaded or failing';
}

/** An engine that is not there has a reason in its answer. */
function isNothing({ body }: VaultAnswer): boolean {
  const found = refusals.safeParse(body);
  return found.success && (found.data.errors ?? []).length === 0;
}

function isConflict({ body }: VaultAnswer): boolean {
  return (refusals.safeParse(body).data?.errors ?? []).some((error) => error.includes('check-and-set'));
}

const refusals = z.object({ errors: z.array(z.string()).optional() });
const lists = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const written = z.object({ data: z.object({ version: z.number() }) });
const secrets = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number(), created_time: z.string() }),
  }),
});
