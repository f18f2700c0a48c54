import { Secret } from '../../lib/secret.ts';
import type { Env } from '../options/read.ts';

/** A HashiCorp Vault (or an OpenBao, which has the same API), with the right to ask it. */
export interface VaultServer {
  /** Without a slash at its end: `https://vault.test:8200`. */
  readonly url: string;
  readonly token: Secret;
  /** PEM file of the CA that it is trusted by; undefined: the system's. */
  readonly caFile: string | undefined;
  /** Of Vault Enterprise. */
  readonly namespace: string | undefined;
}

/**
 * Reads where Vault is: VAULT_HOST and VAULT_PORT (https), else VAULT_ADDR; with VAULT_TOKEN, VAULT_CACERT and VAULT_NAMESPACE. Returns what
 * is wrong, with the name of the variable and without any secret.
 */
export function readVaultServer(env: Env): VaultServer | { readonly fault: string } {
  const { VAULT_TOKEN: token, VAULT_NAMESPACE: namespace } = env;
  const url = readUrl(env);
  if (typeof url !== 'string') return url;
  if (!token) return { fault: 'VAULT_TOKEN is not set' };
  if (!/^[\x21-\x7e]+$/.test(token)) return { fault: 'VAULT_TOKEN holds blanks or other characters that no token has' };
  if (namespace && !/^[\w./-]+$/.test(namespace)) return { fault: `VAULT_NAMESPACE: '${namespace}' is no namespace` };
  return {
    url,
    token: new Secret(token),
    caFile: env['VAULT_CACERT'] || undefined,
    namespace: namespace || undefined,
  };
}

function readUrl({ VAULT_HOST: host, VAULT_PORT: port, VAULT_ADDR: address }: Env): string | { readonly fault: string } {
  if (host && port) {
    if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(host)) return { fault: `VAULT_HOST: '${host}' is no host name` };
    const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535;
    return isPort ? `https://${host}:${port}` : { fault: `VAULT_PORT: '${port}' is not a port from 1 to 65535` };
  }
  if (!address) return { fault: 'VAULT_ADDR is not set, nor are VAULT_HOST and VAULT_PORT' };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // What is wrong may have a password in it.
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || !/^\/*$/.test(url.pathname)) {
    return { fault: 'VAULT_ADDR is not an address such as https://vault.example.com:8200' };
  }
  return url.origin;
}
