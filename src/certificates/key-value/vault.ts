import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { VaultPlace } from '../../config/certificates/cert-store.ts';
import { createVaultRequests, MOST_SECRET, type VaultAnswer, VaultFault, type VaultRequest } from '../../lib/vault-requests.ts';
import { CertificateError, EntryError } from '../error.ts';
import type { Entry, Fields, KeyValue } from './key-value.ts';
import { createLook } from './vault-look.ts';
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
      void renewToken();
      return await requests.send(request);
    } catch (error) {
      if (!(error instanceof VaultFault)) throw error;
      if (error.message.startsWith('VAULT_TOKEN_FILE')) throw new CertificateError(error.message, { cause: error });
      const hint = 'check VAULT_ADDR (or VAULT_HOST and VAULT_PORT) and, for TLS, VAULT_CACERT';
      throw new CertificateError(`${error.message}; ${hint}`, { cause: error });
    }
  };

  const at = (kind: 'data' | 'metadata', key: string): string => [mount, kind, path, key].filter((part) => part !== '').join('/');

  const reasonOf = ({ status, body }: VaultAnswer, asked: string): string => {
    const { errors = [] } = refusals.safeParse(body).data ?? {};
    const said = errors.length === 0 ? '' : ` (${errors.join('; ').replaceAll(/\s+/g, ' ').slice(0, 200)})`;
    return `${server.url}/v1/${asked} answers ${status}${said}: ${hintAt(status, asked)}`;
  };

  const refused = (answer: VaultAnswer, asked: string): CertificateError => new CertificateError(reasonOf(answer, asked));

  const refusedEntry = (answer: VaultAnswer, asked: string): CertificateError =>
    OF_ENTRY.has(answer.status) ? new EntryError('access', reasonOf(answer, asked)) : refused(answer, asked);

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
    if (answer.isTooLarge) throw new EntryError('content', tooLarge(asked));
    if (answer.status === 200) throw new CertificateError(`${server.url}/v1/${asked} is no secret of a KV engine of version 2`);
    throw refusedEntry(answer, asked);
  };

  const tooLarge = (asked: string, most: number = MOST_SECRET): string =>
    `${server.url}/v1/${asked} answers with more than ${most} bytes`;

  /** Engines may be configured to refuse what is not written over a version (`cas_required`). */
  const write: KeyValue['write'] = async (key, fields, over) => {
    if (over !== undefined) return writeOver(key, fields, over.entry);
    // Another one may write in between.
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      if (await writeOver(key, fields, await read(key))) return true;
    }
    throw new CertificateError(`${server.url}/v1/${at('data', key)} is written by others again and again`);
  };

  const writeOver = async (key: string, fields: Fields, entry: Entry | undefined): Promise<boolean> => {
    const asked = at('data', key);
    // The number is that of the entry that was read: `version` has more in it.
    const options = { cas: Number(entry?.version.split(' ', 1)[0] ?? 0) };
    const answer = await send({ path: asked, method: 'POST', body: { options, data: fields } });
    if (answer.status === 400 && isConflict(answer)) return false;
    if (answer.status === 200 && written.safeParse(answer.body).success) return true;
    if (answer.status < 300) throw new CertificateError(`${server.url}/v1/${mount} is no KV engine of version 2`);
    throw refusedEntry(answer, asked);
  };

  const service: KeyValue = {
    name,
    read,

    async list(folder) {
      const asked = at('metadata', folder);
      const answer = await send({ path: `${asked}?list=true`, most: MOST_LIST });
      const found = lists.safeParse(answer.body);
      if (answer.status === 200 && found.success) return found.data.data.keys.filter((key) => !key.endsWith('/'));
      if (answer.isTooLarge) throw new CertificateError(tooLarge(asked, MOST_LIST));
      if (answer.status === 404 && isNothing(answer)) return [];
      throw refused(answer, asked);
    },

    write,

    async remove(key) {
      const asked = at('metadata', key);
      const answer = await send({ path: asked, method: 'DELETE' });
      if (answer.status !== 204 && answer.status !== 404) throw refusedEntry(answer, asked);
    },

    async watch(changed, signal) {
      const look = createLook(service);
      while (!signal.aborted) {
        const change = await look();
        if (change !== undefined) changed(change === 'all' ? undefined : change);
        await sleep(lookEvery, undefined, { signal, ref: false }).catch(() => {});
      }
    },
  };

  return service;
}

/** Statuses that are about one secret: forbidden by the policy, or too large. */
const OF_ENTRY: ReadonlySet<number> = new Set([403, 413]);
/** Bytes of a list: 50,000 names of up to 200 letters. */
const MOST_LIST = 10_000_000;
const WRITE_TRIES = 5;
/** Milliseconds between two looks for changes. */
const LOOK_EVERY = 5000;

/** Statuses: Vault's HTTP API documentation. */
function hintAt(status: number, asked: string): string {
  if (status === 403)
    return `check VAULT_TOKEN (or VAULT_TOKEN_FILE), and that its policy allows it what --cert-store needs on ${asked}`;
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
