import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startSim } from '../start.ts';
import type { Profile } from '../options.ts';

interface Apps {
  apps: (Record<string, unknown> & { id: string; tasks: Record<string, unknown>[] })[];
}

function fixture(name: string): Apps {
  return JSON.parse(readFileSync(new URL(`../../test/fixtures/marathon/${name}`, import.meta.url), 'utf8')) as Apps;
}

/** Key paths of an object, arrays by their first entry; what is data (labels, env) is not looked into. */
function keys(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return keys(value[0], `${path}[]`);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}.${key}`,
    ...(key === 'labels' ? [] : keys(inner, `${path}.${key}`)),
  ]);
}

/** The apps of a fixture put into a simulator of that version, and read again. */
async function readBack(profile: Profile, given: Apps): Promise<Apps> {
  const apps = given.apps.map(({ tasks: _tasks, version: _version, versionInfo: _info, ...app }) => app);
  await using sim = await startSim({ profile, tasks: 'none', apps });
  return (await (await fetch(`${sim.url}/v2/apps?embed=apps.tasks`)).json()) as Apps;
}

test.each([
  ['1.11', 'canon-1.11-apps-embed-tasks.json', ['/shop/web', '/shop/api', '/shop/net']],
  ['1.4', 'canon-1.4-apps-embed-tasks.json', ['/host-app', '/bridge-app', '/user-net-app']],
] as const)('apps and tasks have the keys of Marathon %s', async (profile, name, ids) => {
  const given = fixture(name);
  const back = await readBack(profile, given);
  for (const id of ids) {
    const [wanted, got] = [given, back].map(({ apps }) => keys(apps.find((app) => app.id === id)).sort());
    // Whether there is a deployment, and a result, is state.
    const state = /deployments\[\]|healthCheckResults(?:\[\]|$)/;
    expect(got?.filter((key) => !state.test(key))).toEqual(wanted?.filter((key) => !state.test(key)));
  }
});

test.each([
  ['1.11', 'canon-1.11-apps-embed-tasks.json', '/shop/web'],
  ['1.4', 'canon-1.4-apps-embed-tasks.json', '/bridge-app'],
] as const)('a good health result has the keys of Marathon %s', async (profile, name, id) => {
  const given = fixture(name);
  const back = await readBack(profile, given);
  const [wanted, got] = [given, back].map(({ apps }) =>
    keys(apps.find((app) => app.id === id)?.tasks[0]?.['healthCheckResults']).sort(),
  );
  expect(wanted).toContain('[].alive');
  expect(got).toEqual(wanted);
});

test('ports, networks and labels come back as they went in', async () => {
  const given = fixture('canon-1.11-apps-embed-tasks.json');
  const back = await readBack('1.11', given);
  expect(essence(back)).toEqual(essence(given));
});

test('a thousand apps are read fast, and reading again costs little', async () => {
  const apps = Array.from({ length: 1000 }, (_, index) => ({ id: `/app-${index}`, instances: 5, healthChecks: [{ path: '/' }] }));
  await using sim = await startSim({ tasks: 'none', apps });
  const read = async (): Promise<Apps> => (await (await fetch(`${sim.url}/v2/apps?embed=apps.tasks`)).json()) as Apps;
  const first = await read();
  expect(first.apps).toHaveLength(1000);
  expect(
    new Set(first.apps.flatMap((app) => app.tasks.map((task) => `${String(task['host'])}:${String(task['ports'])}`))).size,
  ).toBe(5000);
  sim.setHealth(sim.tasks('/app-7')[0]!.id, false);
  const second = await read();
  expect(second.apps.map((app) => app['tasksHealthy'])).toEqual(first.apps.map((app) => (app.id === '/app-7' ? 4 : 5)));
});

test('wrong input is told as Marathon does', async () => {
  await using sim = await startSim({ tasks: 'none', apps: [{ id: '/a' }] });
  const post = async (body: string): Promise<unknown[]> => {
    const response = await fetch(`${sim.url}/v2/apps`, { method: 'POST', body });
    return [response.status, await response.json()];
  };
  expect(await post('{')).toMatchObject([400, { message: 'Invalid JSON', details: expect.any(String) }]);
  expect(await post('{"id":"/Upper"}')).toMatchObject([422, { message: 'Object is not valid', details: [{ path: '/id' }] }]);
  expect(await post('{"id":"/x","instances":"2"}')).toMatchObject([422, { details: [{ path: '/instances' }] }]);
  expect(await post('{"id":"/a"}')).toEqual([409, { message: 'An app with id [/a] already exists.' }]);
  const get = async (path: string): Promise<unknown[]> => {
    const response = await fetch(sim.url + path);
    return [response.status, await response.json()];
  };
  expect(await get('/v2/apps/x')).toEqual([404, { message: "App '/x' does not exist" }]);
  expect(await get('/v2/eventSubscriptions')).toEqual([500, { message: 'URI not found' }]);
  expect(await get(`/v2/apps?label=${encodeURIComponent('foo ===')}`)).toMatchObject([
    422,
    { message: expect.stringContaining('Can not parse') },
  ]);
});

function essence({ apps }: Apps): unknown {
  return apps.map(({ id, labels, networks, container, portDefinitions }) => ({
    id,
    labels,
    networks,
    container,
    portDefinitions,
  }));
}
