import { readFile } from 'node:fs/promises';
import { Secret } from './secret.ts';

/** The token that Vault is asked with: given once, or in a file that another program writes again and again. */
export type VaultToken = Secret | { readonly file: string };

/** Returns whether a text can be a token: it is sent as a header. */
export function isVaultToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * Makes what returns the token of now. A file is read each time; if it has no token at this moment, as it is just being written, the one of before is
 * returned. Throws without the content of the file if there is none of before.
 */
export function createVaultTokenReader(token: VaultToken): () => Promise<Secret> {
  if (token instanceof Secret) return async () => token;
  let before: Secret | undefined;
  return async () => {
    const text = (await readFile(token.file, 'utf8').catch(() => '')).trim();
    if (isVaultToken(text) && text !== before?.reveal()) before = new Secret(text);
    if (before === undefined) throw new Error(`VAULT_TOKEN_FILE: ${token.file} has no token that can be read`);
    return before;
  };
}
