import { expect, test } from 'vitest';
import { silent } from '../../../log/logger.ts';
import { createAddresses } from './dns-cache.ts';

const lookup = (host: string): Promise<string> => (host === 'dead' ? new Promise(() => {}) : Promise.resolve('10.0.0.9'));

test('a resolver that does not answer costs its patience once, and no address', async () => {
  const addresses = createAddresses({ capacity: 10, log: silent, lookup, patience: 30 });
  const found = await addresses.of(new Set(['dead', 'alive']), { refresh: true, signal: new AbortController().signal });
  expect([...found]).toEqual([['alive', '10.0.0.9']]);
});

test('stops at the signal', async () => {
  const addresses = createAddresses({ capacity: 10, log: silent, lookup });
  const stop = new AbortController();
  const asking = addresses.of(new Set(['dead']), { refresh: true, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(asking).rejects.toThrow('enough');
});
