import { describe, expect, it } from 'vitest';
import { fakeMarathon } from '../../../test/support/marathon/histories.ts';
import { silent } from '../../log/logger.ts';
import { createAppReader } from '../../sources/marathon/apps/app-reader.ts';
import { createWorkloadCache, type WorkloadCache } from './workload-cache.ts';

const signal = new AbortController().signal;
const happening = { kind: 'create', app: 0, task: 0, pick: 2 } as const;

/** A Marathon with the apps 0 and 1, read once; `paths` is what is asked from then on. */
async function read(): Promise<{ marathon: ReturnType<typeof fakeMarathon>; cache: WorkloadCache; paths: string[] }> {
  const marathon = fakeMarathon(() => false);
  marathon.happen(happening);
  marathon.happen({ ...happening, app: 1, pick: 3 });
  const paths: string[] = [];
  const client: typeof marathon.client = {
    getJson: async (path, given) => {
      paths.push(path);
      return await marathon.client.getJson(path, given);
    },
    collect: async (path, collector, given) => {
      paths.push(path);
      return await marathon.client.collect(path, collector, given);
    },
  };
  const source = createAppReader(client, { lruCacheCapacity: 10 }, { log: silent, lookup: marathon.lookup });
  const cache = createWorkloadCache(source, {});
  await cache.read(new Set(['/a/b']), signal);
  expect(paths.splice(0)).toEqual(['/v2/apps?embed=apps.tasks']);
  return { marathon, cache, paths };
}

describe('createWorkloadCache', () => {
  it('asks for the dirty apps only, and keeps the others as the very objects', async () => {
    const { marathon, cache, paths } = await read();
    const before = await cache.read(new Set(), signal);
    marathon.happen({ ...happening, kind: 'scale-up' });
    const after = await cache.read(new Set(['/a/b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks']);
    const tasksOf = (id: string) => [before, after].map(({ workloads }) => workloads.find((app) => app.id === id)?.tasks.length);
    expect(tasksOf('/a/b')).toEqual([1, 2]);
    expect(tasksOf('/a_b')).toEqual([1, 1]);
    const kept = after.workloads.filter((each) => before.workloads.includes(each));
    expect(kept.map(({ id }) => id)).toEqual(['/a_b']);
    expect(after.addresses).toBe(before.addresses);
  });

  it.each(['all', new Set(['/a/b', '/unknown'])] as const)(
    'gives the very snapshot back where nothing changed: %s',
    async (dirty) => {
      const { cache } = await read();
      const before = await cache.read(new Set(), signal);
      expect(await cache.read(dirty, signal)).toBe(before);
    },
  );

  it('drops an app that is gone', async () => {
    const { marathon, cache } = await read();
    marathon.happen({ ...happening, kind: 'delete' });
    expect((await cache.read(new Set(['/a/b']), signal)).workloads.map(({ id }) => id)).toEqual(['/a_b']);
  });

  it('reads everything after a read that failed', async () => {
    const { marathon, cache, paths } = await read();
    marathon.fails = true;
    await expect(cache.read(new Set(['/a/b']), signal)).rejects.toMatchObject({ code: 'timeout' });
    marathon.fails = false;
    await cache.read(new Set(['/a_b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks', '/v2/apps?embed=apps.tasks']);
  });

  it('reads everything where the order of apps has begun to count', async () => {
    const { marathon, cache, paths } = await read();
    marathon.happen({ ...happening, kind: 'group' });
    await cache.read(new Set(['/a/b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks', '/v2/apps?embed=apps.tasks']);
  });
});
