/** Apps with labels of Traefik, translated by the program and put into Marathon: requests are answered as Traefik would. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDisposables } from '../support/program/disposables.ts';
import { HASH } from '../support/labels/traefik.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

type Own = Readonly<Record<string, string>>;

/** By app id: the rule of its router, and the middlewares of it by their kind. */
const APPS: Readonly<Record<string, readonly [rule: string, middlewares: Readonly<Record<string, Own>>]>> = {
  short: ['Host(`site.test`) && PathPrefix(`/api`)', {}],
  long: ['Host(`site.test`) && PathPrefix(`/api/v2`)', {}],
  whole: ['Host(`site.test`) && Path(`/ping`)', {}],
  rest: ['Host(`site.test`)', {}],
  beta: ['Host(`site.test`) && Headers(`X-Beta`, `1`)', {}],
  number: ['Host(`site.test`) && Path(`/orders/{id:[0-9]+}`)', {}],
  wild: ['HostRegexp(`{any:.+}.wild.test`)', {}],
  shared: ['PathPrefix(`/shared`) && Method(`GET`)', {}],
  cut: ['Host(`cut.test`)', { stripprefix: { prefixes: '/v1, /v2' }, addprefix: { prefix: '/app' } }],
  one: ['Host(`one.test`) && PathPrefix(`/v1`)', { stripprefix: { prefixes: '/v1' } }],
  regex: ['Host(`regex.test`)', { replacepathregex: { regex: '^/old(/.*)', replacement: '$1' } }],
  moved: [
    'Host(`www.moved.test`, `moved.test`)',
    { redirectregex: { regex: '^https?://www\\.moved\\.test/(.*)', replacement: 'https://moved.test/$1', permanent: 'true' } },
  ],
  secure: ['Host(`secure.test`)', { redirectscheme: { scheme: 'https', permanent: 'true' } }],
  headers: ['Host(`headers.test`)', { headers: { 'customresponseheaders.X-Env': 'prod', framedeny: 'true' } }],
  near: ['Host(`near.test`)', { ipwhitelist: { sourcerange: '127.0.0.2' } }],
  login: ['Host(`login.test`)', { basicauth: { users: `ann:${HASH}` } }],
  few: ['Host(`few.test`)', { ratelimit: { average: '2', period: '1m' } }],
  guarded: ['Host(`guarded.test`)', { digestauth: { users: 'ann:site:0' } }],
};

function labelsOf(id: string): Own {
  const [rule, middlewares] = APPS[id] ?? ['', {}];
  const own = Object.entries(middlewares).flatMap(([kind, options]) =>
    Object.entries(options).map(([name, value]) => [`traefik.http.middlewares.${id}-${kind}.${kind}.${name}`, value]),
  );
  const names = Object.keys(middlewares).map((kind) => `${id}-${kind}`);
  return {
    [`traefik.http.routers.${id}.rule`]: rule,
    ...(names.length > 0 && { [`traefik.http.routers.${id}.middlewares`]: names.join() }),
    ...(Object.fromEntries(own) as Own),
  };
}

const held = createDisposables();
let stack: Stack;

beforeAll(async () => {
  const ids = Object.keys(APPS);
  stack = held.use(
    await startStack({
      apps: ({ service }) =>
        ids.map((id, at) => ({
          id: `/${id}`,
          cmd: './run',
          instances: 1,
          labels: labelsOf(id),
          portDefinitions: [{ port: service[at], protocol: 'tcp' }],
        })),
    }),
  );
  await move();
}, 60_000);
afterAll(() => held[Symbol.asyncDispose]());

/** Puts what the program prints into Marathon, and waits until all of it is served. */
async function move(): Promise<void> {
  const { status, out, err } = await runProgram(['translate', 'traefik', '--marathon', stack.sim.url, '--json']);
  expect(status).toBe(1);
  expect(err.match(/^No counterpart.*\n((?: {2}.*\n)*)/)?.[1]?.split('\n')).toEqual([
    expect.stringMatching(/^ {2}\/guarded traefik\.http\.middlewares\.guarded-digestauth\.digestauth\.users: /),
    '',
  ]);
  const changes = JSON.parse(out) as readonly { readonly id: string; readonly labels: Own }[];
  expect(changes).toHaveLength(Object.keys(APPS).length);
  for (const { id, labels } of changes) await stack.change(id, { labels });
  await stack.sim.idle();
  await stack.eventually(async () => {
    for (const [path, app] of [
      ['/api/v2', '/long'],
      ['/api', '/short'],
      ['/ping', '/whole'],
      ['/', '/rest'],
    ] as const)
      expect(await stack.get(path, { host: 'site.test' })).toMatchObject({ app });
    for (const id of Object.keys(APPS).filter(
      (id) => !['short', 'long', 'whole', 'rest', 'beta', 'number', 'wild', 'shared', 'guarded'].includes(id),
    ))
      expect((await stack.get('/v1', { host: `${id}.test` })).status).toBeOneOf([200, 301, 401, 403, 429]);
  });
}

test.each([
  ['/api/x', '/short'],
  ['/apix', '/short'],
  ['/api/v2/x', '/long'],
  ['/ping', '/whole'],
  ['/pingx', '/rest'],
  ['/orders/12', '/number'],
  ['/orders/x', '/rest'],
  ['/', '/rest'],
])('%s goes to %s: the longest rule first', async (path, app) => {
  expect(await stack.get(path, { host: 'site.test' })).toMatchObject({ status: 200, app });
});

test('headers, wildcards and paths of any host', async () => {
  const headers = { 'x-beta': '1' };
  expect(await stack.get('/', { host: 'site.test', headers })).toMatchObject({ app: '/beta' });
  expect(await stack.get('/api/x', { host: 'site.test', headers })).toMatchObject({ app: '/beta' });
  expect(await stack.get('/', { host: 'x.wild.test' })).toMatchObject({ app: '/wild' });
  expect(await stack.get('/shared/x', { host: 'unknown.test' })).toMatchObject({ app: '/shared' });
  expect((await stack.get('/shared/x', { host: 'unknown.test', method: 'POST' })).status).toBe(503);
});

test.each([
  ['cut.test', '/v1/x?y=1', '/app/x?y=1'],
  ['cut.test', '/v2', '/app/'],
  ['cut.test', '/v3/x', '/app/v3/x'],
  ['one.test', '/v1/x', '/x'],
  ['regex.test', '/old/x', '/x'],
  ['regex.test', '/x', '/x'],
])('%s%s is %s for the task', async (host, path, seen) => {
  expect(await stack.get(path, { host })).toMatchObject({ status: 200, seen });
});

test('redirects', async () => {
  const moved = await stack.get('/x?y=1', { host: 'www.moved.test' });
  expect([moved.status, moved.headers.location]).toEqual([301, 'http://moved.test/x?y=1']);
  expect((await stack.get('/x', { host: 'moved.test' })).status).toBe(200);
  const secure = await stack.get('/x', { host: 'secure.test' });
  expect([secure.status, secure.headers.location]).toEqual([301, 'https://secure.test/x']);
});

test('headers of answers', async () => {
  const { headers } = await stack.get('/', { host: 'headers.test' });
  expect(headers).toMatchObject({ 'x-env': 'prod', 'x-frame-options': 'DENY' });
});

test('who may not reach it', async () => {
  expect((await stack.get('/', { host: 'near.test' })).status).toBe(403);
  expect((await stack.get('/', { host: 'near.test', from: '127.0.0.2' })).status).toBe(200);
  expect((await stack.get('/', { host: 'login.test' })).status).toBe(401);
  expect((await stack.get('/', { host: 'guarded.test' })).status).toBe(503);
  const from = '127.0.0.3';
  const answers = [];
  for (let time = 0; time < 3; time += 1) answers.push((await stack.get('/', { host: 'few.test', from })).status);
  expect(answers).toEqual([200, 200, 429]);
});
