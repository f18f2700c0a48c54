import { Secret } from '../../lib/secret.ts';
import type { Auth } from '../settings.ts';
import { UsageError, VariableError } from '../usage-error.ts';
import type { ReadValues } from '../options/read.ts';
import type { Machine } from '../machine.ts';
import { messageOf } from '../../lib/errors.ts';

/**
 * The credentials for Marathon. The command line (an option, or `user:password@` in a URL, `userinfo`) goes before the environment; two
 * of the former are a mistake. Messages name the option, never a value. Throws `UsageError`.
 */
export function readAuth({ values, given }: ReadValues, userinfo: string | undefined, machine: Pick<Machine, 'readFile'>): Auth {
  const credentials = values['auth-credentials'];
  const file = values['marathon-auth-credential-file'];
  const dcos = values['dcos-auth-credentials'];
  const sources = [
    ...(credentials === undefined ? [] : ['--auth-credentials']),
    ...(file === undefined ? [] : ['--marathon-auth-credential-file']),
    ...(given.has('dcos-auth-credentials') ? ['--dcos-auth-credentials'] : []),
    ...(userinfo === undefined ? [] : ['user:password@ in the URL of --marathon']),
  ];
  if (sources.length > 1) throw new UsageError(`${sources.join(' and ')} exclude each other; give one`);
  if (credentials !== undefined) return basic(credentials, 'option --auth-credentials');
  if (file !== undefined) return basic(firstLine(file, machine), `option --marathon-auth-credential-file: first line of ${file}`);
  if (userinfo !== undefined) return basic(userinfo, 'option --marathon');
  if (dcos === undefined) return { kind: 'none' };
  return readDcos(
    dcos,
    given.has('dcos-auth-credentials')
      ? (fault) => new UsageError(`option --dcos-auth-credentials: ${fault}`)
      : (fault) => new VariableError(`environment variable DCOS_SERVICE_ACCOUNT_CREDENTIAL: ${fault}`),
  );
}

function basic(text: string, where: string): Auth {
  const colon = text.indexOf(':');
  if (colon < 1) throw new UsageError(`${where}: not of the form user:password`);
  return { kind: 'basic', user: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) };
}

function firstLine(file: string, machine: Pick<Machine, 'readFile'>): string {
  let text: string;
  try {
    text = machine.readFile(file);
  } catch (error) {
    const why = messageOf(error);
    throw new UsageError(`option --marathon-auth-credential-file: ${file} cannot be read (${why})`, { cause: error });
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

const keys = ['uid', 'private_key', 'login_endpoint'] as const;

/** `refuse`: makes the error that names where the text is from. */
function readDcos(text: string, refuse: (fault: string) => UsageError): Auth {
  const account = parseObject(text);
  if (account === undefined) throw refuse('not a JSON object');
  const missing = keys.filter((key) => typeof account[key] !== 'string' || account[key] === '');
  if (missing.length > 0) throw refuse(`${missing.join(', ')} missing or no text; needed are ${keys.join(', ')}`);
  const loginEndpoint = String(account['login_endpoint']);
  if (!/^https?:\/\//i.test(loginEndpoint) || !URL.canParse(loginEndpoint)) throw refuse('login_endpoint is no http(s) URL');
  return { kind: 'dcos', uid: String(account['uid']), privateKey: new Secret(String(account['private_key'])), loginEndpoint };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined; // the parser's message quotes the text, which holds a key
  }
  return typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) ? undefined : (parsed as Record<string, unknown>);
}
