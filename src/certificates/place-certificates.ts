import { X509Certificate } from 'node:crypto';
import { access, constants, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSigned } from './self-signed.ts';
import { temporaryFor, writeDurably } from '../lib/atomic-write.ts';
import type { Logger } from '../log/logger.ts';
import type { Secret } from '../lib/secret.ts';
import { CertificateError } from './error.ts';
import { messageOf, systemCode } from '../lib/errors.ts';
import { pemFault } from './pair.ts';

/** A certificate with its key, from the environment. */
export interface GivenCertificate {
  readonly file: string;
  readonly pem: Secret;
}

export interface CertificatesRequest {
  /** Those of `HAPROXY_SSL_CERT*`, with their file names. */
  readonly certificates: readonly GivenCertificate[];
  /** `--ssl-certs` as it was given. */
  readonly given: string | undefined;
  /** Folders to write to; the first that can be written is taken. */
  readonly folders: readonly string[];
  readonly now: Date;
  readonly hostname: string;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Writes the certificates of the environment (mode 0600, each at once or not at all), or makes a self-signed one if there are none
 * at all; gives the value of `--ssl-certs`. Throws `CertificateError`.
 */
export async function placeCertificates(request: CertificatesRequest): Promise<string> {
  const { certificates, given, folders } = request;
  const own: string[] = [];
  if (certificates.length > 0) {
    const folder = await writable(folders);
    for (const { file, pem } of certificates) {
      await writePrivate(join(folder, file), pem.reveal());
      own.push(join(folder, file));
    }
  } else if (given === undefined) {
    own.push(await placeSelfSigned(request));
  }
  return [...(given === undefined ? [] : [given]), ...own].join(',');
}

/**
 * Returns the certificate to serve HTTPS with if the one of the option `--ssl-certs` was not given and is not there: a self-signed one in
 * `folder`, made once. Logs that clients will not trust it. Throws `CertificateError`.
 */
export async function standInCertificate(
  request: Pick<CertificatesRequest, 'now' | 'hostname' | 'log'> & { readonly missing: string; readonly folder: string },
): Promise<string> {
  const { missing, folder, log } = request;
  const path = await placeSelfSigned({ ...request, certificates: [], given: undefined, folders: [folder] });
  log.warn(
    `there is no certificate at ${missing}: HTTPS is served with the self-signed ${path}, which clients do not trust; name one with --ssl-certs`,
  );
  return path;
}

/** One that is there and can be used stays: clients may have come to trust it, or the operator has put it there. */
async function placeSelfSigned({ folders, now, hostname, log }: CertificatesRequest): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, 'cert.pem');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const fault = pemFault(text);
    if (fault !== undefined) {
      throw new CertificateError(
        `${path} ${fault}, and is not overwritten: name certificates with --ssl-certs or HAPROXY_SSL_CERT.`,
      );
    }
    const found = new X509Certificate(text);
    if (new Date(found.validTo) > now) return path;
    if (!found.checkIssued(found)) {
      log.warn(`${path} has expired on ${found.validTo}; it is served all the same, as this program did not make it: renew it`);
      return path;
    }
  }
  const path = join(await writable(folders), 'cert.pem');
  await writePrivate(path, await selfSigned({ hosts: [hostname], days: 3650, now }));
  return path;
}

async function writable(folders: readonly string[]): Promise<string> {
  const faults: string[] = [];
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK);
      return folder;
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  throw new CertificateError(`certificates cannot be written (${faults.join('; ')}): name a folder with --cert-dir.`);
}

/** Writes a file unless it is there already, so that a full disk does not keep the container from starting again. */
async function writePrivate(path: string, text: string): Promise<void> {
  if (await isThere(path, text)) return;
  const temporary = await temporaryFor(path);
  try {
    await writeDurably(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const why = systemCode(error) ?? String(error);
    throw new CertificateError(`${path} cannot be written (${why}): name a folder with --cert-dir.`, { cause: error });
  }
}

async function isThere(path: string, text: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  const isOwn = found?.isFile() === true && found.uid === process.getuid?.() && (found.mode & 0o777) === 0o600;
  return isOwn && (await readFile(path, 'utf8').catch(() => undefined)) === text;
}

/**
 * A certificate with its key as HAProxy reads them, from the text of a variable in which the two characters `\n` may stand for a line
 * end. Throws a `CertificateError` that names `where`.
 */
export function readPem(text: string, where: string): string {
  const pem = `${text
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll('\r\n', '\n')
    .trim()}\n`;
  const fault = pemFault(pem);
  if (fault !== undefined) throw new CertificateError(`${where}: ${fault}; give a certificate with its private key as PEM.`);
  return pem;
}
