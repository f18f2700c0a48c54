import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { NEVER } from '../../lib/async/signals.ts';
import { createPatientStore } from './patient-store.ts';
import type { StoredCertificate } from './store.ts';

const stored: StoredCertificate = { name: 'shop', origin: 'vault:x/shop', content: { fault: 'is empty' } };

function slowStore() {
  let answer: { resolve(found: readonly StoredCertificate[]): void; reject(error: Error): void } | undefined;
  let reads = 0;
  return {
    store: {
      name: 'vault:x',
      read: () => {
        reads += 1;
        return new Promise<readonly StoredCertificate[]>((resolve, reject) => (answer = { resolve, reject }));
      },
      watch: async () => {},
    },
    end: (result: readonly StoredCertificate[] | Error): void =>
      result instanceof Error ? answer?.reject(result) : answer?.resolve(result),
    reads: () => reads,
  };
}

it('starts with the certificates of before, reads on, and reports the end', async () => {
  const slow = slowStore();
  const store = createPatientStore(slow.store, { hasFormer: async () => true, patience: 20 });
  let reports = 0;
  void store.watch(() => (reports += 1), NEVER);
  await expect(store.read(NEVER)).rejects.toThrow(/^it is not read after 0.02 s, and is read on in the background$/);
  await expect(store.read(NEVER)).rejects.toThrow(/read on/);
  expect([slow.reads(), reports]).toEqual([1, 0]);
  slow.end([stored]);
  await expect.poll(() => reports).toBeGreaterThan(0);
  expect(await store.read(NEVER)).toEqual([stored]);
  expect(slow.reads()).toBe(1);
  const next = store.read(NEVER);
  slow.end([]);
  expect(await next).toEqual([]);
  expect(slow.reads()).toBe(2);
});

it('says why a read failed that went on in the background, and tries again', async () => {
  const slow = slowStore();
  const store = createPatientStore(slow.store, { hasFormer: async () => true, patience: 20 });
  await expect(store.read(NEVER)).rejects.toThrow(/read on/);
  slow.end(new Error('away'));
  await expect(store.read(NEVER)).rejects.toThrow(/^away$/);
  const next = store.read(NEVER);
  slow.end([stored]);
  expect(await next).toEqual([stored]);
});

it('says why a read failed at once', async () => {
  const failing = { ...slowStore().store, read: () => Promise.reject(new Error('gone')) };
  const store = createPatientStore(failing, { hasFormer: () => sleep(20, true), patience: 1000 });
  await expect(store.read(NEVER)).rejects.toThrow(/^gone$/);
});

it('waits for the first read if there is nothing to start with', async () => {
  const slow = slowStore();
  const store = createPatientStore(slow.store, { hasFormer: async () => false, patience: 1 });
  const reading = store.read(NEVER);
  await sleep(50);
  slow.end([stored]);
  expect(await reading).toEqual([stored]);
});
