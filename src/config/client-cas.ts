/** The folder of authorities of clients (`--client-cas`). */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../lib/errors.ts';
import { isSetName } from '../model/values/answers.ts';
import type { ClientCas } from '../model/certificates/client-cas.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

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
    for (const file of fileNames(folder)) {
      const path = join(folder, file);
      const name = file.replace(ENDING, '');
      const read = isSetName(name)
        ? readAuthority(path)
        : { fault: 'its name must have at most 64 letters, digits and ._- before the ending' };
      const former = before?.all.find((each) => each.name === name)?.text;
      if (all.has(name)) faults.push(`cannot use ${path}: another file has the same name`);
      else if ('text' in read) all.set(name, read.text);
      else if (former === undefined) faults.push(`cannot use ${path}: ${read.fault}`);
      else {
        all.set(name, former);
        faults.push(`cannot use ${path}: ${read.fault}; the authority of before stays`);
      }
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

function fileNames(folder: string): readonly string[] {
  return readdirSync(realpathSync(folder))
    .filter((name) => !name.startsWith('.') && ENDING.test(name))
    .sort()
    .slice(0, MOST);
}

const MOST = 500;

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
