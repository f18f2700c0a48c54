import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { createVaultRequests, VaultFault } from '../../lib/vault-requests.ts';
import { ContainerError } from '../error.ts';
import type { Environment, VaultSecret } from './environment.ts';

/** Asks HashiCorp Vault for user and password (KV version 1 or 2). Throws a `ContainerError` without any secret,
 * or the signal's reason. */
export async function askVault(
  { server, path }: VaultSecret,
  stop: AbortSignal,
): Promise<NonNullable<Environment['credentials']>> {
  using requests = createVaultRequests(server);
  const { status, body } = await requests.send({ path }, stop).catch((error: unknown) => {
    if (!(error instanceof VaultFault)) throw error;
    const hint = error.message.startsWith('VAULT_') ? '' : ': check VAULT_HOST, VAULT_PORT and, for TLS, VAULT_CACERT';
    throw new ContainerError(`${hint === '' ? '' : 'Vault at '}${error.message}${hint}.`, { cause: error });
  });
  const fault = (what: string): ContainerError => new ContainerError(`Vault at ${server.url}/v1/${path} ${what}.`);
  if (status !== 200) throw fault(`answers ${status}: ${hintAt(status)}`);
  const parsed = answers.safeParse(body);
  if (!parsed.success) {
    throw fault('has no texts `user` and `pass`: check VAULT_PATH (with KV version 2: MOUNT/data/NAME)');
  }
  const { data } = parsed.data;
  const found = 'data' in data ? data.data : data;
  return { user: found.user, password: new Secret(found.pass) };
}

/** Statuses: Vault's HTTP API documentation. */
function hintAt(status: number): string {
  if (status === 403) return 'check VAULT_TOKEN (or VAULT_TOKEN_FILE)';
  if (status === 400 || status === 404) return 'check VAULT_PATH';
  return 'it is sealed, on standby or failing; check VAULT_HOST';
}

const login = z.object({ user: z.string().min(1), pass: z.string().min(1) });
/** Version 2 first: its secret lies one deeper, beside `metadata`. */
const answers = z.object({ data: z.union([z.object({ data: login }), login]) });
