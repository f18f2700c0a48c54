import { expect, test } from 'vitest';
import { silent } from '../../../log/logger.ts';
import { MarathonError } from '../error.ts';
import { createFormerVersions } from './former-versions.ts';
import type { MarathonApp } from './dialects.ts';
import { readApp } from './read-app.ts';

const signal = new AbortController().signal;
const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
const check = (path: string): object => ({ protocol: 'HTTP', path, portIndex: 0 });

/** An app whose definition changed last at `changed`, with tasks of these versions. */
function app(path: string, changed: number, version: number, tasks: readonly number[], id = '/a'): MarathonApp {
  return readApp({
    id,
    labels: { HAPROXY_GROUP: 'external' },
    version: at(version),
    versionInfo: { lastScalingAt: at(version), lastConfigChangeAt: at(changed) },
    healthChecks: [check(path)],
    tasks: tasks.map((started, place) => ({ id: `t${place}`, host: 'h', ports: [1], version: at(started) })),
  }) as MarathonApp;
}

/** A Marathon that knows the versions of some apps, and what it was asked. */
function marathon(versions: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  return {
    asked,
    client: {
      getJson: (path: string): Promise<unknown> => {
        asked.push(path);
        const found = versions[path.split('/').at(-1) as string];
        if (found === undefined) return Promise.reject(new MarathonError('not-found', 'no such version'));
        return Promise.resolve({ id: '/a', healthChecks: [check(found)], labels: {} });
      },
    },
  };
}

const pathsOf = ({ former }: MarathonApp): unknown =>
  former?.map(({ version, healthChecks }) => [version, healthChecks?.[0]?.path]);

test('an upgrade that was watched costs no request, whatever was scaled in between', async () => {
  const { client, asked } = marathon({});
  const source = createFormerVersions(client, { log: silent });
  for (const version of [1, 2, 3]) {
    const same = [app('/old', 1, version, [1, version])];
    expect(await source.addTo(same, false, signal)).toBe(same);
  }
  const [upgrading] = await source.addTo([app('/new', 4, 5, [1, 3, 5])], false, signal);
  expect(pathsOf(upgrading as MarathonApp)).toEqual([
    [at(1), '/old'],
    [at(3), '/old'],
  ]);
  const [done] = await source.addTo([app('/new', 4, 5, [5])], false, signal);
  expect(done?.former).toBeUndefined();
  expect(asked).toEqual([]);
});

test('after a start in the middle of an upgrade Marathon is asked once for each version', async () => {
  const { client, asked } = marathon({ [at(1)]: '/old', [at(2)]: '/new' });
  const source = createFormerVersions(client, { log: silent });
  for (let read = 0; read < 3; read += 1) {
    const [upgrading] = await source.addTo([app('/new', 3, 3, [1, 1, 2, 3])], true, signal);
    expect(pathsOf(upgrading as MarathonApp)).toEqual([[at(1), '/old']]);
  }
  expect(asked).toEqual([`/v2/apps/a/versions/${at(1)}`, `/v2/apps/a/versions/${at(2)}`]);
});

test('a version that Marathon does not have any more is asked for once, and the check of now counts', async () => {
  const { client, asked } = marathon({});
  const source = createFormerVersions(client, { log: silent });
  for (let read = 0; read < 2; read += 1) {
    expect((await source.addTo([app('/new', 3, 3, [1])], true, signal))[0]?.former).toBeUndefined();
  }
  expect(asked).toHaveLength(1);
});

test('a Marathon that fails costs nothing, and is asked again after a pause', async () => {
  let [fails, asked, time] = [true, 0, 0];
  const client = {
    getJson: () => {
      asked += 1;
      return fails ? Promise.reject(new Error('503')) : Promise.resolve({ id: '/a', healthChecks: [check('/old')] });
    },
  };
  const source = createFormerVersions(client, { log: silent, now: () => time });
  for (let read = 0; read < 3; read += 1) {
    expect((await source.addTo([app('/new', 3, 3, [1])], true, signal))[0]?.former).toBeUndefined();
  }
  expect(asked).toBe(1);
  [fails, time] = [false, 500];
  expect(pathsOf((await source.addTo([app('/new', 3, 3, [1])], true, signal))[0] as MarathonApp)).toEqual([[at(1), '/old']]);
  expect(asked).toBe(2);
});

test('apps that are gone, of other programs, or of a Marathon without versions are no matter', async () => {
  const { client, asked } = marathon({});
  const source = createFormerVersions(client, { log: silent });
  await source.addTo([app('/old', 1, 1, [1]), app('/old', 1, 1, [1], '/b')], true, signal);
  await source.addTo([app('/old', 1, 1, [1], '/b')], true, signal);
  const foreign = { ...app('/new', 3, 3, [1]), labels: {} };
  const old = readApp({ id: '/a', labels: { HAPROXY_GROUP: 'x' }, tasks: [{ id: 't', version: at(1) }] }) as MarathonApp;
  const apps = [foreign, { ...old, id: '/c' }];
  expect(await source.addTo(apps, true, signal)).toBe(apps);
  expect(asked).toEqual([]);
  // The app was forgotten when it was gone: another one of its name has a past of its own.
  await source.addTo([app('/new', 3, 3, [1])], true, signal);
  expect(asked).toHaveLength(1);
});

test('stops with the signal', async () => {
  const ended = new AbortController();
  const client = {
    getJson: () => {
      ended.abort(new Error('over'));
      return Promise.reject(new Error('aborted'));
    },
  };
  const source = createFormerVersions(client, { log: silent });
  await expect(source.addTo([app('/new', 3, 3, [1])], true, ended.signal)).rejects.toThrow('over');
});
