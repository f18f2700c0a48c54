import { expect, it } from 'vitest';
import { createLimitedStore } from './limited-store.ts';
import type { Lease, SharedStore } from './shared-store.ts';

const never = new Promise<never>(() => {});

it('says that a store gives no answer', async () => {
  const store = createLimitedStore({ name: 'dir:/mnt/certs', read: () => never } as unknown as SharedStore, 20);
  await expect(store.read('x')).rejects.toThrow('dir:/mnt/certs cannot be read: no answer in 0.02 s');
});

it('gives a lock back that comes too late', async () => {
  let give: ((lease: Lease) => void) | undefined;
  let isGivenBack = false;
  const lock = () => new Promise<Lease>((resolve) => (give = resolve));
  const store = createLimitedStore({ name: 'dir:/x', lock } as unknown as SharedStore, 20);
  await expect(store.lock()).rejects.toThrow('no answer');
  give?.({ lost: new AbortController().signal, [Symbol.asyncDispose]: async () => void (isGivenBack = true) });
  await expect.poll(() => isGivenBack).toBe(true);
});

it('does not wait for a lock that cannot be given back', async () => {
  const lease: Lease = { lost: new AbortController().signal, [Symbol.asyncDispose]: () => never };
  const store = createLimitedStore({ name: 'dir:/x', lock: async () => lease } as unknown as SharedStore, 20);
  const taken = await store.lock();
  await expect(taken?.[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
