import { setTimeout as sleep } from 'node:timers/promises';
import { createStoreLimit, STORE_PATIENCE } from '../stores/store-limit.ts';
import type { SharedStore } from './shared-store.ts';

/** Returns a store that ends each call within the limit of time. */
export function createLimitedStore(store: SharedStore, patience: number = STORE_PATIENCE): SharedStore {
  const limit = createStoreLimit(`${store.name} cannot be read: `, patience);
  return {
    name: store.name,
    read: (document) => limit(() => store.read(document)),
    list: (folder) => limit(() => store.list(folder)),
    write: (document, text) => limit(() => store.write(document, text)),
    create: (document, text) => limit(() => store.create(document, text)),
    remove: (document) => limit(() => store.remove(document)),
    async lock() {
      let isAwaited = true;
      try {
        const lease = await limit(async () => {
          const taken = await store.lock();
          // Nothing else gives it back.
          if (!isAwaited) await taken?.[Symbol.asyncDispose]();
          return taken;
        });
        if (lease === undefined) return undefined;
        const giveBack = (): Promise<void> =>
          Promise.race([lease[Symbol.asyncDispose](), sleep(patience, undefined, { ref: false })]);
        return { lost: lease.lost, [Symbol.asyncDispose]: giveBack };
      } finally {
        isAwaited = false;
      }
    },
  };
}
