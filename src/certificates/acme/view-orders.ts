import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcmeAnswer, Settings } from '../../config/settings.ts';
import { ACCOUNT_KEY, thumbprintOf } from './account.ts';
import { type Orders, orderProblems } from './orders.ts';

/** Returns orders as the last run of a load balancer left them, for those who only look: nothing is made or written. */
export async function viewOrders({ acme, run }: Pick<Settings, 'acme' | 'run'>): Promise<Omit<Orders, 'served'> | undefined> {
  if (acme === undefined || run.certStore === undefined) return undefined;
  const key = await readFile(join(run.certStore.folder, ACCOUNT_KEY), 'utf8').catch(() => '');
  const thumbprint = thumbprintOf(key);
  const answer: AcmeAnswer | undefined = thumbprint === undefined ? undefined : { thumbprint, domains: acme.domains };
  return { answer: () => answer, problems: (services) => orderProblems(services, acme) };
}
