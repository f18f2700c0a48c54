import { isAbsolute, resolve } from 'node:path';
import type { Machine } from '../machine.ts';
import { UsageError, VariableError } from '../usage-error.ts';
import { readVaultServer, type VaultServer } from './vault-server.ts';

/** Where certificates come from besides `--ssl-certs`. A kind is a row of `READERS`, and a case of `src/certificates/open-store.ts`. */
export type CertStore = DirPlace | VaultPlace;

interface DirPlace {
  readonly kind: 'dir';
  /** Absolute path. */
  readonly folder: string;
}

/** A folder of secrets of a KV engine of version 2. */
export interface VaultPlace {
  readonly kind: 'vault';
  readonly server: VaultServer;
  /** Of the engine: `secret`. */
  readonly mount: string;
  /** In it: `marathon-lb/certs`. */
  readonly path: string;
}

/** Returns whether HAProxy takes a path as one word, in its configuration and at its sockets. */
export function isWord(path: string): boolean {
  return /^[\w.+@=~,/-]+$/.test(path);
}

type StoreMachine = Pick<Machine, 'cwd' | 'env'>;

/** Reads `--cert-store`. `stateDir`: HAProxy reads the certificates there. Throws `UsageError`. */
export function readCertStore(text: string | undefined, machine: StoreMachine, stateDir: string): CertStore | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const [, kind = '', place = ''] = /^([a-z]+):(.*)$/.exec(text.trim()) ?? [];
  const read = READERS.get(kind);
  if (read === undefined || place === '') {
    throw new UsageError(
      `option --cert-store: '${text}' is no store; give a folder of certificates as dir:FOLDER, or one in Vault as vault:MOUNT/PATH`,
    );
  }
  if (!isWord(stateDir)) {
    throw new UsageError(
      `option --cert-store: HAProxy cannot read certificates in ${JSON.stringify(stateDir)}; name a path of letters, digits and _ . + @ = ~ , - with --state-dir`,
    );
  }
  return read(place, machine);
}

type Reader = (place: string, machine: StoreMachine) => CertStore;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['dir', readDir],
  ['vault', readVault],
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
  if (path.length === 0 || words.some((word) => !/^\w[\w.~@:-]*$/.test(word))) {
    throw new UsageError(
      `option --cert-store: 'vault:${place}' names no folder of secrets; give the mount of a KV engine and a path in it, such as vault:secret/certs`,
    );
  }
  const server = readVaultServer(env);
  if ('fault' in server) throw new VariableError(`option --cert-store vault:…: ${server.fault}`);
  return { kind: 'vault', server, mount: mount.join('/'), path: path.join('/') };
}
