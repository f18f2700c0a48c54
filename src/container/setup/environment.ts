import { isAbsolute } from 'node:path';
import { Secret } from '../../lib/secret.ts';
import type { Env } from '../../config/options/read.ts';
import { shellWords } from '../../lib/text/shell-words.ts';
import { readVaultServer } from '../../config/certificates/vault-server.ts';
import type { VaultAccess } from '../../lib/vault-requests.ts';
import { ContainerError } from '../error.ts';
import { type GivenCertificate, readPem } from '../../certificates/place-certificates.ts';

/** The settings of `marathon-lb run` from the environment. */
export interface Environment {
  /** Name of the file (`cert0.pem`) and its text. */
  readonly certificates: readonly GivenCertificate[];
  readonly sandbox: string | undefined;
  /** Those of PORTS; undefined if it is not set. */
  readonly ports: readonly number[] | undefined;
  /** Name and value. */
  readonly sysctl: readonly (readonly [string, string])[];
  readonly sysctlStrict: boolean;
  readonly logToStdout: boolean;
  readonly syslogSocket: string;
  /** Seconds. */
  readonly pollInterval: number;
  readonly credentials: { readonly user: string; readonly password: Secret } | undefined;
  readonly vault: VaultSecret | undefined;
}

/** Where in Vault the credentials for Marathon are. */
export interface VaultSecret {
  readonly server: VaultAccess;
  /** Below `/v1/`. */
  readonly path: string;
}

/**
 * Reads all variables. Throws a `ContainerError` that names the variable, and no secret. `storesInVault`: Vault has certificates, so that it need
 * not have credentials for Marathon.
 */
export function readEnvironment(env: Env, { storesInVault = false } = {}): Environment {
  const vault = storesInVault && !env['VAULT_PATH'] ? undefined : readVault(env);
  const credentials = readCredentials(env);
  if (vault !== undefined && credentials !== undefined) {
    throw new ContainerError('MARATHON_USER and VAULT_TOKEN exclude each other: give the credentials for Marathon in one way.');
  }
  return {
    certificates: readCertificates(env),
    sandbox: readSandbox(env['MESOS_SANDBOX']),
    ports: readPorts(env['PORTS']),
    sysctl: readSysctl(env['HAPROXY_SYSCTL_PARAMS']),
    sysctlStrict: !readSwitch(env, 'HAPROXY_SYSCTL_NONSTRICT'),
    logToStdout: readSwitch(env, 'HAPROXY_SYSLOGD'),
    syslogSocket: readSocket(env['SYSLOG_SOCKET']),
    pollInterval: readInterval(env['POLL_INTERVAL']),
    credentials,
    vault,
  };
}

function readPorts(text: string | undefined): readonly number[] | undefined {
  const ports = (text ?? '').split(/[,\s]+/).filter((port) => port !== '');
  const wrong = ports.find((port) => !isPort(port));
  if (wrong !== undefined) throw new ContainerError(`PORTS: '${wrong}' is not a port from 1 to 65535.`);
  return ports.length === 0 ? undefined : ports.map(Number);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function readCertificates(env: Env): readonly GivenCertificate[] {
  const numbered = Array.from({ length: 101 }, (_, at) => String(at));
  return ['', ...numbered].flatMap((suffix) => {
    const name = `HAPROXY_SSL_CERT${suffix}`;
    const text = env[name];
    if (text === undefined || text.trim() === '') return [];
    return { file: `cert${suffix}.pem`, pem: new Secret(readPem(text, name)) };
  });
}

function readSandbox(path: string | undefined): string | undefined {
  if (!path) return undefined;
  if (!isAbsolute(path)) throw new ContainerError(`MESOS_SANDBOX: '${path}' is no absolute path.`);
  return path;
}

function readSysctl(text: string | undefined): Environment['sysctl'] {
  const words = shellWords(text ?? '');
  if (words === undefined) throw new ContainerError('HAPROXY_SYSCTL_PARAMS: a quote or a backslash is left open.');
  return words.map((word) => {
    const [, name, value] = /^([a-z][\w./-]*)=(.+)$/i.exec(word) ?? [];
    if (name === undefined || value === undefined || name.includes('..')) {
      throw new ContainerError(`HAPROXY_SYSCTL_PARAMS: '${word}' is not of the form name=value.`);
    }
    return [name, value] as const;
  });
}

function readSwitch(env: Env, name: string): boolean {
  const text = env[name]?.trim().toLowerCase() ?? '';
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(text)) return true;
  if (['', 'false', 'f', 'no', 'n', 'off', '0'].includes(text)) return false;
  throw new ContainerError(`${name}: '${env[name]}' is neither true nor false.`);
}

function readSocket(path: string | undefined): string {
  if (!path) return '/dev/null';
  if (!isAbsolute(path)) throw new ContainerError(`SYSLOG_SOCKET: '${path}' is no absolute path.`);
  return path;
}

function readInterval(text: string | undefined): number {
  if (!text?.trim()) return 60;
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 1_000_000)) {
    throw new ContainerError(`POLL_INTERVAL: '${text}' is not a number of seconds from 0.1 to 1000000.`);
  }
  return seconds;
}

function readCredentials(env: Env): Environment['credentials'] {
  const { MARATHON_USER: user, MARATHON_PASSWORD: password } = env;
  if (!user && !password) return undefined;
  if (!user) throw new ContainerError('MARATHON_PASSWORD is set, but MARATHON_USER is not: give both.');
  if (!password) throw new ContainerError('MARATHON_USER is set, but MARATHON_PASSWORD is not: give both.');
  if (user.includes(':')) throw new ContainerError('MARATHON_USER holds a colon, which basic authentication does not allow.');
  return { user, password: new Secret(password) };
}

function readVault(env: Env): VaultSecret | undefined {
  const { VAULT_TOKEN, VAULT_TOKEN_FILE, VAULT_HOST: host, VAULT_PORT: port, VAULT_ADDR: address, VAULT_PATH: path } = env;
  const token = VAULT_TOKEN || VAULT_TOKEN_FILE;
  const isPlaced = Boolean((host && port) || (address && path));
  const needed = [...(token ? [] : ['VAULT_TOKEN']), ...(isPlaced ? [] : ['VAULT_HOST', 'VAULT_PORT']), 'VAULT_PATH'];
  const missing = needed.filter((name) => !env[name]);
  if (!token && !host && !port && !path) return undefined;
  if (missing.length > 0) {
    throw new ContainerError(
      `${missing.join(', ')} not set: Vault needs all of VAULT_TOKEN (or VAULT_TOKEN_FILE), VAULT_HOST, VAULT_PORT (or VAULT_ADDR in place of these two), VAULT_PATH.`,
    );
  }
  const server = readVaultServer(env);
  if ('fault' in server) throw new ContainerError(`${server.fault}.`);
  const clean = (path ?? '').replace(/^\/?(v1\/)?|\/$/g, '');
  if (!/^[\w.~@:-]+(\/[\w.~@:-]+)*$/.test(clean) || clean.split('/').includes('..')) {
    throw new ContainerError(`VAULT_PATH: '${path}' is no path of a secret, such as secret/marathon.`);
  }
  return { server, path: clean };
}
