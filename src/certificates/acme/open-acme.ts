import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import * as z from 'zod';
import type { Settings } from '../../config/settings.ts';
import { createStateFile } from '../../engine/state/state-file.ts';
import { hookEnvironment } from '../../lib/process/child-environment.ts';
import type { Logger } from '../../log/logger.ts';
import { type Acme, createAcme } from './acme.ts';
import { createDnsHook } from './dns-hook.ts';
import { openShared } from '../open-store.ts';
import { createOrders, type Orders } from './orders/orders.ts';

export interface OpenedAcme extends AsyncDisposable {
  readonly acme: Acme;
  readonly orders: Orders;
}

/** Makes what orders certificates, with an account; disposing writes what is kept over restarts. Returns undefined if none are ordered. */
export async function openAcme(
  { acme: settings, run }: Pick<Settings, 'acme' | 'run'>,
  log: Logger,
): Promise<OpenedAcme | undefined> {
  if (settings === undefined || run.certStore === undefined) return undefined;
  const file = createStateFile<Kept>({
    folder: run.stateDir,
    name: 'acme.json',
    log,
    delay: 100,
    none: () => ({ holder: `${hostname()} ${randomBytes(8).toString('hex')}` }),
    parse: (text) => kept.parse(JSON.parse(text)),
    print: (value) => `${JSON.stringify(value)}\n`,
    loss: 'after a restart other load balancers are waited for first',
  });
  const known = await file.read();
  file.keep(known);
  const { directory, domains, keyType, dnsHook } = settings;
  const lock = { holder: known.holder, lease: LEASE, clock: () => performance.now() };
  const store = openShared(run.certStore, lock);
  const acme = createAcme({
    store,
    domains,
    directory,
    connect: async (key, signal) => {
      const { createAcmeClient } = await import('./client.ts');
      return createAcmeClient(settings, key, signal);
    },
    hook: dnsHook === undefined ? undefined : createDnsHook(dnsHook, hookEnvironment(process.env)),
    keyType,
    thumbprint: known.thumbprint,
    keepThumbprint: (thumbprint) => file.keep({ ...known, thumbprint }),
    log,
    now: Date.now,
  });
  await acme.prepare();
  return { acme, orders: createOrders(acme, settings), [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
}

/** Milliseconds: a load balancer that was killed while it ordered keeps the others waiting as long. */
const LEASE = 15_000;

const kept = z.object({
  /** By this name the lock of the store is known to be this load balancer's. */
  holder: z.string(),
  thumbprint: z.string().optional(),
});

type Kept = z.infer<typeof kept>;
