import { describe, expect, it } from 'vitest';
import { fakeMarathon } from '../../../test/support/marathon/histories.ts';
import { silent } from '../../log/logger.ts';
import { createSource } from '../../marathon/apps/source.ts';
import { createAppCache, type AppCache } from './app-cache.ts';

const signal = new AbortController().signal;
const happening = { kind: 'create', app: 0, task: 0, pick: 2 } as const;

/** A Marathon with the apps 0 and 1, read once; `paths` is what is asked from then on. */
async function read(): Promise<{ marathon: ReturnType<typeof fakeMarathon>; world: AppCache; paths: string[] }> {
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
  const source = createSource(client, { lruCacheCapacity: 10 }, { log: silent, lookup: marathon.lookup });
  const world = createAppCache(source, {});
  await world.read(new Set(['/a/b']), signal);
  expect(paths.splice(0)).toEqual(['/v2/apps?embed=apps.tasks']);
  return { marathon, world, paths };
}

describe('createAppCache', () => {
  it('asks for the dirty apps only, and keeps the others as the very objects', async () => {
    const { marathon, world, paths } = await read();
    const before = await world.read(new Set(), signal);
    marathon.happen({ ...happening, kind: 'scale-up' });
    const after = await world.read(new Set(['/a/b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks']);
    const tasksOf = (id: string) => [before, after].map(({ apps }) => apps.find((app) => app.id === id)?.tasks.length);
    expect(tasksOf('/a/b')).toEqual([1, 2]);
    expect(tasksOf('/a_b')).toEqual([1, 1]);
    const kept = after.apps.filter((app) => before.apps.includes(app));
    expect(kept.map(({ id }) => id)).toEqual(['/a_b']);
    expect(after.addresses).toBe(before.addresses);
  });

  it.each(['all', new Set(['/a/b', '/unknown'])] as const)(
    'gives the very snapshot back where nothing changed: %s',
    async (dirty) => {
      const { world } = await read();
      const before = await world.read(new Set(), signal);
      expect(await world.read(dirty, signal)).toBe(before);
    },
  );

  it('drops an app that is gone', async () => {
    const { marathon, world } = await read();
    marathon.happen({ ...happening, kind: 'delete' });
    expect((await world.read(new Set(['/a/b']), signal)).apps.map(({ id }) => id)).toEqual(['/a_b']);
  });

  it('reads everything after a read that failed', async () => {
    const { marathon, world, paths } = await read();
    marathon.fails = true;
    await expect(world.read(new Set(['/a/b']), signal)).rejects.toMatchObject({ code: 'timeout' });
    marathon.fails = false;
    await world.read(new Set(['/a_b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks', '/v2/apps?embed=apps.tasks']);
  });

  it('reads everything where the order of apps has begun to count', async () => {
    const { marathon, world, paths } = await read();
    marathon.happen({ ...happening, kind: 'group' });
    await world.read(new Set(['/a/b']), signal);
    expect(paths).toEqual(['/v2/apps/a/b?embed=app.tasks', '/v2/apps?embed=apps.tasks']);
  });
});
