/** The stores of `--cert-store`: one of another kind has its case in both functions. */
import type { CertStore } from '../config/certificates/cert-store.ts';
import { createFolderStore } from './shared/folder-store.ts';
import { createLimitedStore } from './shared/limited-store.ts';
import type { SharedStore } from './shared/shared-store.ts';
import { createRenewedLock, type RenewedLockOptions } from './key-value/renewed-lock.ts';
import { createSharedDocuments } from './key-value/shared-documents.ts';
import { createStoredPairs } from './key-value/stored-pairs.ts';
import { createVault } from './key-value/vault.ts';
import { createZookeeper } from './key-value/zookeeper.ts';
import { createDirStore } from './stores/dir-store.ts';
import type { CertificateStore } from './stores/store.ts';

/** Makes what reads the certificates of a store; nothing is read yet. */
export function openPairs(place: CertStore): CertificateStore {
  switch (place.kind) {
    case 'dir':
      return createDirStore(place.folder);
    case 'vault':
      return createStoredPairs(createVault(place));
    case 'zk':
      return createStoredPairs(createZookeeper(place));
  }
}

/** Makes what load balancers share for ACME; each call ends within some seconds. */
export function openShared(place: CertStore, lock: RenewedLockOptions): SharedStore {
  switch (place.kind) {
    case 'dir':
      return createLimitedStore(createFolderStore(place.folder, lock));
    case 'vault': {
      const vault = createVault(place);
      return createSharedDocuments(vault, createRenewedLock(vault, lock));
    }
    case 'zk': {
      const zookeeper = createZookeeper(place, { timeout: Math.min(lock.lease, LONGEST_SESSION) });
      return createSharedDocuments(zookeeper, () => zookeeper.lock(lock));
    }
  }
}

/** Milliseconds: a server of ZooKeeper allows twenty of its ticks, usually of two seconds. */
const LONGEST_SESSION = 40_000;
