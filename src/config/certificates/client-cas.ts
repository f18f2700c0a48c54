/** The folder of authorities of clients (`--client-cas`). */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../lib/errors.ts';
import { isSetName } from '../../model/values/answers.ts';
import type { ClientCas } from '../../model/certificates/client-cas.ts';
import type { Settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

export type ReadClientCas = { readonly cas: ClientCas } | { readonly fault: string };

/** Returns the settings with the authorities of clients of the folder that they name. Throws `UsageError`. */
export function withClientCas(settings: Settings): Settings {
  const { clientCasFolder } = settings.run;
  if (clientCasFolder === undefined) return settings;
  const read = readClientCas(clientCasFolder);
  if ('fault' in read) throw new UsageError(`option --client-cas: ${read.fault}`);
  return { ...settings, render: { ...settings.render, clientCas: read.cas } };
}

/** Reads a folder of authorities. A file that cannot be used costs only itself; if it could be used `before`, what it was then stays. */
export function readClientCas(folder: string, before?: ClientCas): ReadClientCas {
  try {
    const all = new Map<string, string>();
    const faults: string[] = [];
    const files = fileNames(folder);
    // A folder that is not mounted looks like an empty one.
    if (files.length === 0 && before !== undefined && before.all.length > 0)
      return { fault: `the folder ${folder} holds no authority any more` };
    if (files.length > MOST) return { fault: `the folder ${folder} has more than ${MOST} authorities` };
    for (const name of new Set(files.map(nameOf))) {
      const former = before?.all.find((each) => each.name === name)?.text;
      const paths = files.filter((file) => nameOf(file) === name).map((file) => join(folder, file));
      const read = paths.length > 1 ? { fault: 'another file has the same name' } : readNamed(name, paths[0] ?? '');
      if ('text' in read) all.set(name, read.text);
      else if (former !== undefined) all.set(name, former);
      const stays = former === undefined ? '' : '; the authority of before stays';
      if ('fault' in read) faults.push(...paths.map((path) => `cannot use ${path}: ${read.fault}${stays}`));
    }
    const sorted = [...all].sort(([one], [other]) => (one < other ? -1 : 1));
    return { cas: { all: sorted.map(([name, text]) => ({ name, text })), faults } };
  } catch (error) {
    return { fault: `the folder ${folder} cannot be read (${systemCode(error) ?? String(error)})` };
  }
}

/** Returns what differs if a file changed, came or went, or can be read now. */
export function clientCasFingerprint(folder: string): string {
  try {
    return fileNames(folder)
      .map((name) => `${name} ${fingerprintOf(join(folder, name))}`)
      .join('\n');
  } catch (error) {
    return systemCode(error) ?? String(error);
  }
}

function fingerprintOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return systemCode(error) ?? String(error);
  }
}

const ENDING = /\.(?:pem|crt|cer)$/;

function nameOf(file: string): string {
  return file.replace(ENDING, '');
}

function fileNames(folder: string): readonly string[] {
  return readdirSync(realpathSync(folder))
    .filter((name) => !name.startsWith('.') && ENDING.test(name))
    .sort();
}

const MOST = 500;

function readNamed(name: string, path: string): ReturnType<typeof readAuthority> {
  return isSetName(name)
    ? readAuthority(path)
    : { fault: 'its name must have at most 64 letters, digits and ._- before the ending' };
}

function readAuthority(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    const { size } = statSync(path);
    // A pipe would have to be waited for.
    if (!statSync(path).isFile()) return { fault: 'it is no file' };
    if (size > MOST_BYTES) return { fault: `it has more than ${MOST_BYTES} bytes` };
    return readCertificates(readFileSync(path, 'latin1'));
  } catch (error) {
    return { fault: `it cannot be read (${systemCode(error) ?? String(error)})` };
  }
}

const MOST_BYTES = 1_000_000;

/** HAProxy would not start with a certificate that it cannot read; nothing else of the file is passed on. */
function readCertificates(text: string): { readonly text: string } | { readonly fault: string } {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return { fault: 'it holds no certificate' };
  const read: string[] = [];
  for (const [at, block] of blocks.entries()) {
    try {
      const certificate = new X509Certificate(block);
      if (!certificate.ca && certificate.issuer !== certificate.subject)
        return { fault: `its certificate ${at + 1} is none of an authority` };
      read.push(certificate.toString());
    } catch {
      return { fault: `its certificate ${at + 1} cannot be read` };
    }
  }
  return { text: read.join('') };
}
