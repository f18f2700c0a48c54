import { expect, it } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createAcme } from './acme.ts';
import type { SharedStore } from '../shared/shared-store.ts';

const never = (): Promise<never> => new Promise(() => {});

it('starts and ends although the store gives no answer', { timeout: 20_000 }, async () => {
  const store: SharedStore = {
    name: 'a store',
    read: never,
    list: never,
    write: never,
    create: never,
    remove: never,
    lock: never,
  };
  const acme = createAcme({
    store,
    domains: ['*.example.com'],
    directory: 'https://ca.test/dir',
    hook: undefined,
    keyType: 'ec',
    connect: never,
    thumbprint: 'known',
    keepThumbprint: () => {},
    log: silent,
    now: Date.now,
  });
  const stop = new AbortController();
  const running = acme.run(stop.signal, () => {});
  await acme.prepare();
  expect(acme.answer()).toEqual({ thumbprint: 'known', domains: ['*.example.com'] });
  stop.abort();
  await running;
});
