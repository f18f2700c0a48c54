import { randomUUID } from 'node:crypto';
import { LOCK_KEY } from '../shared/documents.ts';
import { createLease, createStaleness, type LeaseOptions } from '../shared/lease.ts';
import type { Lease } from '../shared/shared-store.ts';
import type { Entry, KeyValue } from './key-value.ts';

export interface RenewedLockOptions extends LeaseOptions {
  /** Who takes it: the same after a restart, no other one's. */
  readonly holder: string;
}

/**
 * Makes a lock of a value that is written only over the entry that was seen. Its holder writes it again and again; a load balancer
 * that sees one version of it as long as the lease takes it. So no clock is compared with that of another machine.
 */
export function createRenewedLock(
  service: Pick<KeyValue, 'name' | 'read' | 'write'>,
  { holder, lease, clock }: RenewedLockOptions,
): () => Promise<Lease | undefined> {
  const isStale = createStaleness({ lease, clock });

  const isFree = ({ fields, version }: Entry): boolean => {
    if (fields === undefined || typeof fields === 'string' || fields['state'] === FREE) return true;
    return fields['holder'] === holder || isStale(version);
  };

  return async () => {
    const found = await service.read(LOCK_KEY);
    if (found !== undefined && !isFree(found)) return undefined;
    /** Two leases of one holder, before and after its restart, are told apart. */
    const id = randomUUID();
    const since = clock();
    const value = (state: string) => ({ holder, id, state });
    if (!(await service.write(LOCK_KEY, value(HELD), { entry: found }))) return undefined;
    /** Returns the entry if it is still that of this lease. */
    const own = async (): Promise<Entry | undefined> => {
      const entry = await service.read(LOCK_KEY);
      return typeof entry?.fields === 'object' && entry.fields['id'] === id ? entry : undefined;
    };
    const writeOwn = async (state: string): Promise<boolean> => {
      const entry = await own();
      return entry !== undefined && (await service.write(LOCK_KEY, value(state), { entry }));
    };
    return createLease({
      name: service.name,
      lease,
      clock,
      since,
      renew: () => writeOwn(HELD),
      giveBack: async () => void (await writeOwn(FREE)),
    });
  };
}

const HELD = 'held';
const FREE = 'free';
