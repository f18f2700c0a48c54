import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readApp } from './read-app.ts';
import { parseApp } from './schema.ts';

const fixture = (name: string): { apps: unknown[] } => {
  return JSON.parse(readFileSync(new URL(`../../../../test/fixtures/marathon/${name}`, import.meta.url), 'utf8')) as {
    apps: unknown[];
  };
};

const minimal = { id: '/a', labels: {}, tasks: [] };

describe('parseApp', () => {
  test.each(['0.8', '1.4', '1.11'])('reads every app of Marathon %s, and no null is left', (version) => {
    const { apps } = fixture(`canon-${version}-apps-embed-tasks.json`);
    const parsed = apps.map((raw) => parseApp(raw));
    expect(parsed.map(({ problem }) => problem)).toEqual(apps.map(() => undefined));
    expect(JSON.stringify(parsed)).not.toContain('null');
  });

  test('keeps what the model needs of an old app with nulls', () => {
    const { apps } = fixture('canon-0.8-apps-embed-tasks.json');
    const { app } = parseApp(apps[0]);
    expect(app).toMatchObject({ id: '/product/web', servicePorts: [10001], labels: { HAPROXY_GROUP: 'external' }, instances: 2 });
    expect(app?.tasks[0]).toMatchObject({ host: '10.0.0.11', ports: [31001], alive: true });
    expect(app).not.toHaveProperty('cmd');
  });

  test('takes null as absent at any depth, in arrays too', () => {
    const { app } = parseApp({
      id: '/a',
      labels: null,
      ports: [1, null, 2],
      container: { docker: null, portMappings: [null, { containerPort: 80, servicePort: null }] },
      networks: [null, { mode: 'container/bridge' }],
      tasks: [
        null,
        { id: 't', ports: null, ipAddresses: [null, { ipAddress: '9.0.0.1' }], healthCheckResults: [null] },
        { id: 'u', ipAddresses: [{ ipAddress: null, protocol: 'IPv4' }], healthCheckResults: [{ alive: null }] },
      ],
    });
    expect(app).toMatchObject({ labels: {}, network: 'container/bridge', servicePorts: [1, 2], taskPorts: [80] });
    expect(app?.tasks).toEqual([
      { id: 't', ip: '9.0.0.1' },
      { id: 'u', alive: false },
    ]);
  });

  test('an app with nothing but an id is an app', () => {
    expect(parseApp({ id: '/a' }).app).toMatchObject(minimal);
  });

  test('only labels of ours count', () => {
    const { app } = parseApp({ ...minimal, labels: { HAPROXY_0_VHOST: 'a', other: 5, HAPROXY_1_VHOST: null } });
    expect(app?.labels).toEqual({ HAPROXY_0_VHOST: 'a' });
  });

  test.each([
    [{ ...minimal, labels: ['a'] }, '/a', 'labels: '],
    [{ ...minimal, labels: { HAPROXY_GROUP: 5 } }, '/a', 'labels.HAPROXY_GROUP: '],
    [{ ...minimal, labels: 'HAPROXY_GROUP=a' }, '/a', 'labels: '],
    [{ ...minimal, ports: ['80'] }, '/a', 'ports.0: '],
    [{ ...minimal, ports: [70_000] }, '/a', 'ports.0: '],
    [{ ...minimal, tasks: 'none' }, '/a', 'tasks: '],
    [{ ...minimal, id: 5 }, 'number 17 of the answer', 'id: '],
    [{ ...minimal, id: 'two words' }, 'number 17 of the answer', 'id: '],
    [{ ...minimal, id: '/a#' }, 'number 17 of the answer', 'id: '],
    [{ ...minimal, id: '/"${HOME}"' }, 'number 17 of the answer', 'id: '],
    [{ ...minimal, id: '/a\\x20b' }, 'number 17 of the answer', 'id: '],
    [{ ...minimal, id: '-f' }, 'number 17 of the answer', 'id: '],
    [null, 'number 17 of the answer', 'the whole: '],
    [[], 'number 17 of the answer', 'the whole: '],
  ])('%j is a problem that names app and place', (raw, name, place) => {
    const { app, problem } = parseApp(raw, 17);
    expect(app).toBeUndefined();
    expect(problem).toMatchObject({ code: 'app-unreadable', app: name });
    expect(problem?.detail).toContain(place);
    expect(problem?.detail).not.toMatch(/evil|\n/);
  });

  test.each([
    [{ host: 'h' }, 'task without a usable id cannot be read: id: '],
    [{ id: 'b', host: 'h\n  server evil' }, 'task b cannot be read: host: '],
    [{ id: 'b', ports: ['80'] }, 'task b cannot be read: ports.0: '],
    [{ id: 'b', ports: 80 }, 'task b cannot be read: ports: '],
    ['b', 'task without a usable id cannot be read: the whole: '],
  ])('of the tasks only %j is left out, and named', (raw, what) => {
    const { app } = parseApp({ ...minimal, tasks: [{ id: 'a', ports: [1] }, raw, null, { id: 'c' }] });
    expect(app?.tasks.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(app?.unreadTasks).toEqual([expect.stringContaining(what)]);
    expect(app?.unreadTasks?.[0]).not.toMatch(/evil|\n/);
  });

  test('a list that is too long is a fault of the app, whatever is in it', () => {
    const long = Array.from({ length: 10_001 }, () => 'x');
    const { problem } = parseApp({ ...minimal, ports: long });
    expect(problem?.detail).toContain('ports: at most 10000 elements are allowed');
    expect(readApp({ ...minimal, ports: long.map(() => 1) })).toBeUndefined();
  });

  test('many tasks may be there; of many that cannot be read the rest is not looked at', () => {
    const tasks = Array.from({ length: 20_000 }, (_, at) => ({ id: `t${at}` }));
    expect(parseApp({ ...minimal, tasks }).app?.tasks).toHaveLength(20_000);
    const { unreadTasks = [] } = parseApp({ ...minimal, tasks: tasks.map(() => 5) }).app ?? {};
    expect(unreadTasks).toHaveLength(1001);
    expect(unreadTasks.at(-1)).toBe('tasks after 1000 that cannot be read are not looked at');
  });

  test('the first label that is no text says enough', () => {
    const labels = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`HAPROXY_${at}`, 5]));
    expect(parseApp({ ...minimal, labels }).problem?.detail).toContain('labels.HAPROXY_0: a text is needed');
  });

  test('never throws, whatever the JSON is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        const { app, problem } = parseApp(raw);
        expect([app, problem].filter((part) => part !== undefined)).toHaveLength(1);
      }),
    );
  });

  test('never throws, whatever stands in one place of a good app', () => {
    const { apps } = fixture('canon-1.4-apps-embed-tasks.json');
    const places = apps.flatMap((app, index) => pathsOf(app).map((path) => [index, ...path]));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), ([index, ...path], value) => {
        const copy = structuredClone(apps[index as number]);
        setAt(copy, path, value);
        const { app, problem } = parseApp(copy);
        expect([app, problem].filter((part) => part !== undefined)).toHaveLength(1);
        expect(problem?.detail ?? '').not.toMatch(/[\n\r]/);
      }),
      { numRuns: 500 },
    );
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key])),
  ];
}

function setAt(target: unknown, path: readonly (string | number)[], value: unknown): void {
  let at = target as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) as string] = value;
}
