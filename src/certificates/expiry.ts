/** When the certificates that HAProxy serves end. */
import { X509Certificate } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface CertificateEnd {
  readonly path: string;
  /** Common name, or the first other name. */
  readonly name: string;
  /** RFC 3339. */
  readonly ends: string;
}

/** Files beyond these are not looked at: a status is not to read a folder of millions. */
const MOST = 1000;
const LARGEST = 1_000_000;

/**
 * Returns the end of the first certificate in each file, the soonest first. A folder stands for the files in it, as for HAProxy's `crt`; what
 * cannot be read or is no certificate is left out, as HAProxy says so itself.
 */
export async function certificateEnds(paths: readonly string[]): Promise<readonly CertificateEnd[]> {
  const files = (await Promise.all([...new Set(paths)].map(filesAt))).flat().slice(0, MOST);
  const found = await Promise.all(files.map(endOf));
  return found.filter((each) => each !== undefined).toSorted((a, b) => (a.ends < b.ends ? -1 : Number(a.ends > b.ends)));
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return found.size > LARGEST ? [] : [path];
  if (!found?.isDirectory()) return [];
  return (await readdir(path).catch(() => [])).map((name) => join(path, name));
}

async function endOf(path: string): Promise<CertificateEnd | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > LARGEST) return undefined;
    const certificate = new X509Certificate(await readFile(path));
    const name =
      /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? /DNS:([^,]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? 'no name';
    return { path, name, ends: new Date(certificate.validTo).toISOString() };
  } catch {
    return undefined;
  }
}
