import { isAbsolute } from 'node:path';
import { Secret } from '../../lib/secret.ts';
import { isPort } from '../../lib/text/is-port.ts';
import type { VaultAccess } from '../../lib/vault-requests.ts';
import { isVaultToken, type VaultToken } from '../../lib/vault-token-reader.ts';
import type { Env } from '../options/read.ts';

/**
 * Reads where Vault is: VAULT_HOST and VAULT_PORT (https), else VAULT_ADDR; with VAULT_TOKEN or VAULT_TOKEN_FILE, VAULT_CACERT and VAULT_NAMESPACE. Returns what
 * is wrong, with the name of the variable and without any secret.
 */
export function readVaultServer(env: Env): VaultAccess | { readonly fault: string } {
  const { VAULT_NAMESPACE: namespace } = env;
  const url = readUrl(env);
  if (typeof url !== 'string') return url;
  const token = readToken(env);
  if ('fault' in token) return token;
  if (namespace && !/^[\w./-]+$/.test(namespace)) return { fault: `VAULT_NAMESPACE: '${namespace}' is no namespace` };
  return {
    url,
    token,
    caFile: env['VAULT_CACERT'] || undefined,
    namespace: namespace || undefined,
  };
}

function readToken({ VAULT_TOKEN: token, VAULT_TOKEN_FILE: file }: Env): VaultToken | { readonly fault: string } {
  if (token && file) return { fault: 'VAULT_TOKEN and VAULT_TOKEN_FILE exclude each other' };
  if (file) return isAbsolute(file) ? { file } : { fault: `VAULT_TOKEN_FILE: '${file}' is no absolute path` };
  if (!token) return { fault: 'VAULT_TOKEN is not set, nor is VAULT_TOKEN_FILE' };
  return isVaultToken(token) ? new Secret(token) : { fault: 'VAULT_TOKEN holds blanks or other characters that no token has' };
}

function readUrl({ VAULT_HOST: host, VAULT_PORT: port, VAULT_ADDR: address }: Env): string | { readonly fault: string } {
  if (host && port) {
    if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(host)) return { fault: 'VAULT_HOST: its value is no host name' };
    return isPort(port) ? `https://${host}:${port}` : { fault: `VAULT_PORT: '${port}' is not a port from 1 to 65535` };
  }
  if (!address) return { fault: 'VAULT_ADDR is not set, nor are VAULT_HOST and VAULT_PORT' };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // What is wrong may have a password in it.
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || !/^\/*$/.test(url.pathname)) {
    return { fault: 'VAULT_ADDR is not an address such as https://vault.example.com:8200' };
  }
  return url.origin;
}
