import { isAbsolute, resolve } from 'node:path';
import type { Machine } from '../machine.ts';
import { messageOf } from '../../lib/errors.ts';
import { Secret } from '../../lib/secret.ts';
import { isPort } from '../../lib/text/is-port.ts';
import type { VaultAccess } from '../../lib/vault-requests.ts';
import { UsageError, VariableError } from '../usage-error.ts';
import { readVaultServer } from './vault-server.ts';

/** Where certificates come from besides `--ssl-certs`. A kind is a row of `READERS`, and a case of `src/certificates/open-store.ts`. */
export type CertStore = DirPlace | VaultPlace | ZookeeperPlace;

interface DirPlace {
  readonly kind: 'dir';
  /** Absolute path. */
  readonly folder: string;
}

/** A folder of secrets of a KV engine of version 2. */
export interface VaultPlace {
  readonly kind: 'vault';
  readonly server: VaultAccess;
  /** Of the engine: `secret`. */
  readonly mount: string;
  /** In it: `marathon-lb/certs`. */
  readonly path: string;
}

/** A node of ZooKeeper. */
export interface ZookeeperPlace {
  readonly kind: 'zk';
  /** `host:port`, separated by commas. */
  readonly servers: string;
  /** With its slash at the beginning, and none at the end: `/marathon-lb`. */
  readonly path: string;
  /** What is kept there is encrypted with the first of them, and decrypted with each; 32 bytes in base64. */
  readonly keys: readonly Secret[];
}

/** Returns whether HAProxy takes a path as one word, in its configuration and at its sockets. */
export function isWord(path: string): boolean {
  return /^[\w.+@=~,/-]+$/.test(path);
}

type StoreMachine = Pick<Machine, 'cwd' | 'env' | 'readFile' | 'accessOf'>;

export interface StoreOptions {
  /** `--cert-store`. */
  readonly text: string | undefined;
  /** `--cert-store-key`. */
  readonly keyFile: string | undefined;
  /** HAProxy reads the certificates there. */
  readonly stateDir: string;
}

/** Reads where the certificates are. Throws `UsageError`. */
export function readCertStore({ text, keyFile, stateDir }: StoreOptions, machine: StoreMachine): CertStore | undefined {
  if (keyFile !== undefined && text?.trim().startsWith('zk:') !== true) {
    throw new UsageError('option --cert-store-key has no effect without --cert-store zk://…');
  }
  if (text === undefined || text.trim() === '') return undefined;
  const [, kind = '', place = ''] = /^([a-z]+):(.*)$/.exec(text.trim()) ?? [];
  const read = READERS.get(kind);
  if (read === undefined || place === '') {
    throw new UsageError(
      `option --cert-store: ${shown(text)} is no store; give a folder of certificates as dir:FOLDER, one in Vault as vault:MOUNT/PATH, or one in ZooKeeper as zk://HOST:2181/PATH`,
    );
  }
  if (!isWord(stateDir)) {
    throw new UsageError(
      `option --cert-store: HAProxy cannot read certificates in ${JSON.stringify(stateDir)}; name a path of letters, digits and _ . + @ = ~ , - with --state-dir`,
    );
  }
  return read(place, machine, keyFile);
}

type Reader = (place: string, machine: StoreMachine, keyFile: string | undefined) => CertStore;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['dir', readDir],
  ['vault', readVault],
  ['zk', readZookeeper],
]);

function readDir(place: string, { cwd }: StoreMachine): DirPlace {
  return { kind: 'dir', folder: isAbsolute(place) ? resolve(place) : resolve(cwd, place) };
}

/** The mount is the first word, unless `data` stands after a longer one, as in the paths of Vault's API. */
function readVault(place: string, { env }: StoreMachine): VaultPlace {
  const words = place.replaceAll(/^\/*(?:v1\/)?|\/+$/g, '').split('/');
  const at = words.indexOf('data', 1);
  const mount = words.slice(0, at === -1 ? 1 : at);
  const path = words.slice(at === -1 ? 1 : at + 1);
  if (path.length === 0 || words.some((word) => !/^\w[\w.~:-]*$/.test(word))) {
    throw new UsageError(
      `option --cert-store: ${shown(`vault:${place}`)} names no folder of secrets; give the mount of a KV engine and a path in it, such as vault:secret/certs`,
    );
  }
  const server = readVaultServer(env);
  if ('fault' in server) throw new VariableError(`option --cert-store vault:…: ${server.fault}`);
  return { kind: 'vault', server, mount: mount.join('/'), path: path.join('/') };
}

function readZookeeper(place: string, machine: StoreMachine, keyFile: string | undefined): ZookeeperPlace {
  const [, hosts = '', path = ''] = /^\/\/([^/]*)((?:\/[\w.-]+)+)\/*$/.exec(place) ?? [];
  const servers = hosts.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:2181`));
  if (path === '' || path.split('/').some((word) => /^\.+$/.test(word)) || !servers.every(isServer)) {
    throw new UsageError(
      `option --cert-store: ${shown(`zk:${place}`)} is no place in ZooKeeper; give hosts and a path without credentials, such as zk://zk1.example.com:2181,zk2.example.com:2181/marathon-lb`,
    );
  }
  if (keyFile === undefined) {
    throw new UsageError(
      'option --cert-store zk://… needs --cert-store-key: the file with the key that what is kept in ZooKeeper is encrypted with',
    );
  }
  return { kind: 'zk', servers: servers.join(','), path, keys: readKeys(resolve(machine.cwd, keyFile), machine) };
}

function isServer(text: string): boolean {
  const [, port = ''] = /^[\w-][\w.-]*:(\d+)$/.exec(text) ?? [];
  return isPort(port);
}

/** Returns a value for a message. One with `@` may have a password in it, so only its kind is shown. */
function shown(text: string): string {
  if (!text.includes('@')) return `'${text}'`;
  const [kind = ''] = text.trim().split(':', 1);
  return READERS.has(kind) ? `'${kind}:…'` : 'this';
}

/** Reads one key a line, in base64 or in hexadecimal digits. No message has a part of one. */
function readKeys(file: string, { readFile, accessOf }: StoreMachine): readonly Secret[] {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw new UsageError(`option --cert-store-key: ${file} cannot be read (${messageOf(error)})`, { cause: error });
  }
  if (((accessOf(file)?.mode ?? 0) & OTHERS) !== 0) {
    throw new UsageError(`option --cert-store-key: every user can read ${file}; take that right away, with chmod 600`);
  }
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  const keys = lines.map((line) => Buffer.from(line, /^[\da-f]{64}$/i.test(line) ? 'hex' : 'base64'));
  if (keys.length === 0 || keys.some((key) => key.length !== 32)) {
    throw new UsageError(
      `option --cert-store-key: ${file} has to have a key of 32 bytes on each line, in base64 or hexadecimal digits; \`openssl rand -base64 32\` makes one`,
    );
  }
  return keys.map((key) => new Secret(key.toString('base64')));
}

/** Rights of those who are neither the owner nor of the group. */
const OTHERS = 0o007;
