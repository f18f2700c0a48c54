import type { AcmeAnswer, Settings } from '../../../config/settings.ts';
import { ACCOUNT_KEY, thumbprintOf } from '../account.ts';
import { openShared } from '../../open-store.ts';
import { type Orders, orderProblems } from './orders.ts';

/** Returns orders as the last run of a load balancer left them, for those who only look: nothing is made or written. */
export async function viewOrders({ acme, run }: Pick<Settings, 'acme' | 'run'>): Promise<Omit<Orders, 'served'> | undefined> {
  if (acme === undefined || run.certStore === undefined) return undefined;
  // The lock is never taken.
  const store = openShared(run.certStore, { holder: '', lease: Infinity, clock: () => 0 });
  const key = (await store.read(ACCOUNT_KEY).catch(() => undefined)) ?? '';
  const thumbprint = thumbprintOf(key);
  const answer: AcmeAnswer | undefined = thumbprint === undefined ? undefined : { thumbprint, domains: acme.domains };
  return { answer: () => answer, problems: (services) => orderProblems(services, acme) };
}
