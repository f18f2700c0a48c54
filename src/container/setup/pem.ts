import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ContainerError } from '../error.ts';

/**
 * A certificate with its key as HAProxy reads them, from the text of a variable in which the two characters `\n` may stand for a line
 * end. Throws a `ContainerError` that names `where`.
 */
export function readPem(text: string, where: string): string {
  const pem = `${text
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll('\r\n', '\n')
    .trim()}\n`;
  const fault = pemFault(pem);
  if (fault !== undefined) throw new ContainerError(`${where}: ${fault}; give a certificate with its private key as PEM.`);
  return pem;
}

/** What is wrong with a certificate with its key; undefined: nothing. */
export function pemFault(pem: string): string | undefined {
  const certificate = attempt(() => new X509Certificate(pem));
  if (certificate === undefined) return 'holds no certificate that can be read';
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(pem)?.[0];
  if (block === undefined) return 'holds no private key';
  const key = attempt(() => createPrivateKey(block));
  if (key === undefined) return 'holds a private key that cannot be read (HAProxy asks nobody for its passphrase)';
  return certificate.checkPrivateKey(key) ? undefined : 'holds a private key that belongs to another certificate';
}

/** Messages of the library may quote what they cannot read. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
