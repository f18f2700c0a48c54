import { resolve } from 'node:path';
import { isHostName } from '../../model/values/network/hosts.ts';
import { messageOf } from '../../lib/errors.ts';
import { Secret } from '../../lib/secret.ts';
import type { Machine } from '../machine.ts';
import { type ReadValues } from '../options/read.ts';
import type { AcmeSettings } from '../settings.ts';
import { UsageError, VariableError } from '../usage-error.ts';

/** Reads the options `--acme-…`; undefined: nothing is ordered. Messages have no part of a secret. Throws `UsageError`. */
export function readAcme(
  { values, given }: ReadValues,
  machine: Pick<Machine, 'readFile' | 'isProgram' | 'cwd'>,
): AcmeSettings | undefined {
  const lone = [...given].find((name) => name.startsWith('acme') && name !== 'acme-domains');
  if (values['acme-domains'] === undefined) {
    if (lone !== undefined)
      throw new UsageError(
        `option --${lone} has no effect without --acme-domains, the domains that certificates may be ordered for`,
      );
    return undefined;
  }
  if (values['acme-staging'] && given.has('acme-directory')) {
    throw new UsageError('--acme-staging and --acme-directory exclude each other; give one');
  }
  const hook = values['acme-dns-hook'];
  return {
    domains: readDomains(values['acme-domains']),
    hosts: values.acme,
    directory: values['acme-staging'] ? STAGING : readDirectory(values['acme-directory'] ?? PRODUCTION),
    ca: values['acme-ca'] === undefined ? undefined : readCa(resolve(machine.cwd, values['acme-ca']), machine),
    email: readEmail(values['acme-email']),
    eab: readEab(values['acme-eab'], given.has('acme-eab'), machine),
    keyType: values['acme-key'],
    dnsHook: hook === undefined ? undefined : readHook(resolve(machine.cwd, hook), machine),
  };
}

const PRODUCTION = 'https://acme-v02.api.letsencrypt.org/directory';
const STAGING = 'https://acme-staging-v02.api.letsencrypt.org/directory';

/** Each is a line of the HTTP frontend, which every request passes. */
const MOST = 100;

function readDomains(text: string): readonly string[] {
  const items = text.split(',').flatMap((item) => item.trim().toLowerCase().replace(/\.$/, '') || []);
  if (items.length === 0) throw new UsageError('option --acme-domains names no domain');
  if (items.length > MOST) throw new UsageError(`option --acme-domains has ${items.length} domains, more than ${MOST}`);
  const wrong = items.find((item) => {
    const name = item.replace(/^\*\./, '');
    return !isHostName(name) || !name.includes('.');
  });
  if (wrong === undefined) return [...new Set(items)];
  throw new UsageError(
    `option --acme-domains: '${wrong}' is neither a domain such as shop.example.com nor one such as *.example.com`,
  );
}

/** The protocol signs requests, but only TLS says that the server is the one that is meant. */
function readDirectory(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).username === '') return text;
  throw new UsageError('option --acme-directory: not an address that begins with https://');
}

function readEmail(text: string | undefined): string | undefined {
  if (text === undefined || /^[^\s@,?]+@[^\s@,?]+$/.test(text)) return text;
  throw new UsageError(`option --acme-email: '${text}' is not an e-mail address`);
}

function readCa(path: string, { readFile }: Pick<Machine, 'readFile'>): string {
  const text = readOrRefuse(path, 'acme-ca', readFile);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`option --acme-ca: ${path} holds no certificate (PEM)`);
}

function readEab(text: string | undefined, isFile: boolean, { readFile }: Pick<Machine, 'readFile'>): AcmeSettings['eab'] {
  if (text === undefined) return undefined;
  const line = isFile ? (readOrRefuse(text, 'acme-eab', readFile).split(/\r?\n/, 1)[0] ?? '') : text;
  // Base64 of the URL alphabet, as servers show it; some show the other one.
  const [, kid, key] = /^([\x21-\x39\x3b-\x7e]{1,500}):([\w+/-]{16,500}={0,2})$/.exec(line.trim()) ?? [];
  if (kid !== undefined && key !== undefined) return { kid, key: new Secret(key) };
  if (!isFile)
    throw new VariableError('environment variable MARATHON_LB_ACME_EAB: not of the form KID:KEY, with a key in base64');
  throw new UsageError(`option --acme-eab: the first line of ${text} is not of the form KID:KEY, with a key in base64`);
}

function readHook(path: string, { isProgram }: Pick<Machine, 'isProgram'>): string {
  if (isProgram(path)) return path;
  throw new UsageError(`option --acme-dns-hook: ${path} is no program; name a file that can be run, without words after it`);
}

function readOrRefuse(path: string, option: string, readFile: Machine['readFile']): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new UsageError(`option --${option}: ${path} cannot be read (${messageOf(error)})`, { cause: error });
  }
}
