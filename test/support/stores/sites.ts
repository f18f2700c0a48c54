import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertStore, ZookeeperPlace } from '../../../src/config/certificates/cert-store.ts';
import { createZookeeper } from '../../../src/certificates/key-value/zookeeper.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { Issued } from '../certificates/issue.ts';
import { startVaultServer, type VaultServer } from './vault-server.ts';
import { startZookeeper, type ZookeeperServer } from './zookeeper.ts';

/** A store as its operator has it. */
export interface Site extends AsyncDisposable {
  readonly place: CertStore;
  /** The value of `--cert-store`, and what else a load balancer needs for it. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  put(name: string, pair: Issued): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes it unreachable. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function folderSite(): Promise<Site> {
  const root = await mkdtemp(join(tmpdir(), 'mlb-site-'));
  const folder = join(root, 'certs');
  const other = join(root, 'away');
  await mkdir(folder);
  return {
    place: { kind: 'dir', folder },
    args: ['--cert-store', `dir:${folder}`],
    env: {},
    async put(name, { pem }) {
      await writeFile(join(folder, `.${name}`), pem);
      await rename(join(folder, `.${name}`), join(folder, `${name}.pem`));
    },
    remove: (name) => rm(join(folder, `${name}.pem`)),
    leave: () => rename(folder, other),
    comeBack: () => rename(other, folder),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

export interface VaultSite extends Site {
  readonly vault: VaultServer;
}

export async function vaultSite(): Promise<VaultSite> {
  const token = 'hvs.hidden';
  const vault = await startVaultServer({ token, ttl: 3600 });
  return {
    vault,
    place: {
      kind: 'vault',
      server: { url: vault.url, token: new Secret(token), caFile: undefined, namespace: undefined },
      mount: 'secret',
      path: 'lb/certs',
    },
    args: ['--cert-store', 'vault:secret/lb/certs'],
    env: { VAULT_ADDR: vault.url, VAULT_TOKEN: token },
    put: async (name, { certificate, key }) => vault.put(`lb/certs/${name}`, { certificate, key }),
    remove: async (name) => vault.remove(`lb/certs/${name}`),
    leave: async () => vault.turn('gone'),
    comeBack: async () => vault.turn('served'),
    [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose](),
  };
}

export interface ZookeeperSite extends Site {
  readonly place: ZookeeperPlace;
  readonly zookeeper: ZookeeperServer;
}

export async function zookeeperSite(): Promise<ZookeeperSite> {
  const zookeeper = await startZookeeper();
  const { servers } = zookeeper;
  const root = await mkdtemp(join(tmpdir(), 'mlb-site-'));
  const keyFile = join(root, 'key');
  const key = randomBytes(32).toString('base64');
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  const place: ZookeeperPlace = { kind: 'zk', servers, path: '/lb/certs', keys: [new Secret(key)] };
  const operator = createZookeeper(place);
  return {
    zookeeper,
    place,
    args: ['--cert-store', `zk://${servers}/lb/certs`, '--cert-store-key', keyFile],
    env: {},
    put: async (name, { certificate, key: own }) => void (await operator.write(name, { certificate, key: own })),
    remove: (name) => operator.remove(name),
    leave: () => zookeeper.kill(),
    comeBack: () => zookeeper.start(),
    async [Symbol.asyncDispose]() {
      await zookeeper[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
