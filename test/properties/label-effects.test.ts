/** Labels in any combination: what a real HAProxy answers is what a small model of the labels says. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import {
  ANSWER_HEADERS,
  APP_HEADERS,
  type Effects,
  labelsOf,
  type ModelAnswer,
  modelOf,
  type ModelRequest,
  picked,
  SEEN_HEADERS,
} from '../support/labels/request-model.ts';
import { reservePorts, type PortBlock } from '../support/network/port-block.ts';
import { get } from '../support/network/request.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

const APPS = 200;
const REQUESTS = 8;
/** Another one: other labels and requests. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_130);

const ann = { name: 'ann', password: 'ann-secret', hash: '$1$abcdefgh$HBfzoTZsk/2cBj4aeAIr1/' };
const bob = { name: 'bob', password: 'bob-secret', hash: '$5$abc$ywk9t7A9RLyeaI8fMTfLBuOGHce/5DngtrcxrpbIjS6' };

/** Once in so many times, else undefined. */
function sometimes<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const some = <T>(...values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const networks = some('127.0.0.0/24', '127.0.1.0/24', '127.0.0.2', '127.0.2.1/32', '127.0.0.0/15');
const rules = fc.array(fc.record({ path: fc.constantFrom(undefined, '/admin', '/v1'), networks }), {
  minLength: 1,
  maxLength: 3,
});
const changesOf = (...names: readonly string[]) =>
  fc.array(
    fc.record({
      verb: fc.constantFrom('set', 'add', 'del'),
      name: fc.constantFrom(...names),
      value: fc.constantFrom('one', 'a, b; c', '100% of "$HOME" # all', "it's"),
    } as const),
    { minLength: 1, maxLength: 3 },
  );
const rewriting = fc.constantFrom(
  { match: '^/v1/(.*)', path: '/\\1' },
  { match: '^/old$', path: '/new%20path' },
  { match: '^/([^/]+)/([^/]+)$', path: '/\\2/\\1' },
  { match: '^/app', path: '/x' },
  { match: '^[^.]*$', path: '/index.html' },
);
const corsDetails = {
  methods: sometimes(2, some('GET', 'PUT', 'DELETE')),
  headers: sometimes(2, some('X-A', 'Content-Type')),
  maxAge: sometimes(2, fc.constant(600)),
};
const cors = fc.oneof(
  fc.record({ ...corsDetails, origins: fc.constant(['*']) }),
  fc.record({
    ...corsDetails,
    origins: some('https://shop.test', 'http://shop.test:8080', '*.b.test', 'd.test'),
    credentials: sometimes(2, fc.boolean()),
  }),
);

const effects: fc.Arbitrary<Omit<Effects, 'host'>> = fc.record({
  maintenance: sometimes(15, fc.constantFrom('Back "soon", 50 % done # all', '<h1>Closed</h1>')),
  allow: sometimes(4, rules),
  deny: sometimes(4, rules),
  rate: sometimes(3, fc.constantFrom(1, 2, 1_000_000)),
  exempt: sometimes(2, networks),
  maxBody: sometimes(3, fc.constantFrom(10, 1000)),
  users: sometimes(3, fc.constantFrom([ann], [ann, bob])),
  cors: sometimes(3, cors),
  redirectFrom: sometimes(2, fc.constantFrom(['www.'], ['www.', 'old.'])),
  redirectCode: sometimes(2, fc.constantFrom(302, 307, 308)),
  httpsOnly: sometimes(6, fc.constant(true as const)),
  cut: sometimes(4, fc.constantFrom('/app', '/v1')),
  requestHeaders: sometimes(2, changesOf('X-A', 'X-B', 'X-C')),
  responseHeaders: sometimes(2, changesOf('X-A', 'X-B', 'X-C', 'Vary')),
  rewrite: sometimes(2, fc.array(rewriting, { minLength: 1, maxLength: 2 })),
});

const headers = fc.record(
  {
    origin: fc.constantFrom(
      'https://shop.test',
      'http://shop.test:8080',
      'https://x.b.test',
      'http://b.test',
      'https://d.test:8443',
      'null',
    ),
    'access-control-request-method': fc.constantFrom('PUT', 'GET'),
    'access-control-request-headers': fc.constantFrom('x-token', 'x-a,x-b'),
    'x-forwarded-proto': fc.constantFrom('https', 'http'),
    'x-a': fc.constantFrom('client', ''),
    'x-b': fc.constant('client'),
  },
  { requiredKeys: [] },
);
const request: fc.Arbitrary<ModelRequest> = fc.record({
  way: fc.constantFrom('http', 'http', 'http', 'http', 'port', 'port', 'port', 'https'),
  prefix: fc.constantFrom('', '', 'www.', 'old.'),
  method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'OPTIONS'),
  path: fc.constantFrom(
    '/',
    '/admin',
    '/admin/x',
    '//admin',
    '/%61dmin',
    '/adminx',
    '/x/../admin',
    '/admin;x',
    '/v1',
    '/v1/x',
    '/v1/a/b',
    '/app',
    '/app/v1/x',
    '/old',
    '/a.b',
  ),
  query: fc.constantFrom('', '?a=b&c'),
  from: fc.constantFrom('127.0.0.1', '127.0.0.2', '127.0.1.1', '127.0.2.1'),
  headers,
  login: fc.constantFrom('ann:ann-secret', 'ann:ann-secret', 'bob:bob-secret', 'bob:wrong', undefined),
  body: fc.constantFrom(0, 0, 10, 11, 1001),
});

interface App {
  readonly effects: Effects;
  readonly requests: readonly ModelRequest[];
}

const apps: readonly App[] = fc
  .sample(fc.tuple(effects, fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS })), { numRuns: APPS, seed: SEED })
  .map(([own, requests], at) => ({
    effects: sound({ ...own, host: `app-${at}.test` }),
    requests: requests.map((each) => fitting(each, own)),
  }));

/** Without labels that have no effect beside the others. */
function sound({ exempt, redirectCode, ...own }: Effects): Effects {
  return {
    ...own,
    ...(own.rate !== undefined && { exempt }),
    ...(own.redirectFrom !== undefined && { redirectCode }),
  };
}

/** Only hosts that the app has: others do not reach it by the shared frontends. */
function fitting(each: ModelRequest, { redirectFrom = [] }: Omit<Effects, 'host'>): ModelRequest {
  return each.way === 'port' || redirectFrom.includes(each.prefix) ? each : { ...each, prefix: '' };
}

let task: Server;
let ports: PortBlock;
beforeAll(async () => {
  ports = await reservePorts();
  task = createServer(({ url, headers: got, socket }, response) => {
    socket.unref();
    response.writeHead(200, { ...APP_HEADERS, 'x-by-app': 'yes' });
    response.end(JSON.stringify({ path: url, headers: got }));
  });
  await new Promise<void>((resolve) => task.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  task?.close();
  await ports?.[Symbol.asyncDispose]();
});

describe(`the answers of ${APPS} apps with random labels`, () => {
  const expected = apps.map((each) => each.requests.map(modelOf(each.effects)));

  it.each([200, 204, 301, 302, 307, 308, 401, 403, 413, 429, 503])('are of status %d at times', (status) => {
    expect(expected.flat().filter((answer) => answer.status === status).length).toBeGreaterThanOrEqual(8);
  });

  const told = expected.flat().map((answer) => JSON.stringify(answer));
  const names = new Set(apps.flatMap((each) => Object.keys(each.effects).filter((name) => name !== 'host')));
  it.each([...names])('would often be others without %s', (name) => {
    const others = apps.flatMap((each) => each.requests.map(modelOf({ ...each.effects, [name]: undefined })));
    expect(others.filter((answer, at) => JSON.stringify(answer) !== told[at]).length).toBeGreaterThanOrEqual(15);
  });

  it.each(HAPROXIES)(
    'are what the model says, of %s',
    async (haproxy) => {
      const [http, https, appid] = [await ports.next(), await ports.next(), await ports.next()];
      const own: number[] = [];
      while (own.length < APPS) own.push(await ports.next());
      const args = ['--group', 'external', '--http-port', `${http}`, '--https-port', `${https}`, '--appid-port', `${appid}`];
      const { document, problems } = outcomeOf(definitions(own), { args }, versionOf(haproxy));
      expect(problems).toEqual([]);
      const files = Object.fromEntries(document.files.map((file) => [file.name, printFile(file)]));
      await using _running = await runHaproxy(haproxy, print(document), files);
      const wrong: unknown[] = [];
      const todo = [...apps.entries()];
      const work = async (): Promise<void> => {
        for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
          const [at, each] = next;
          for (const [nth, one] of each.requests.entries()) {
            const got = await send(one, each.effects.host, { http, https, port: own[at] ?? 0 });
            const wanted = expected[at]?.[nth];
            if (JSON.stringify(sorted(got)) !== JSON.stringify(sorted(wanted)))
              wrong.push({ labels: labelsOf(each.effects), one, got, wanted });
          }
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
      expect(wrong.slice(0, 3)).toEqual([]);
    },
    60_000,
  );
});

function definitions(own: readonly number[]): readonly object[] {
  const { port } = task.address() as AddressInfo;
  return apps.map(({ effects: each }, at) => {
    const labels = Object.entries(labelsOf(each)).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
    return {
      id: `/app-${at}`,
      instances: 1,
      labels: { HAPROXY_GROUP: 'external', ...Object.fromEntries(labels) },
      portDefinitions: [{ port: own[at] }],
      tasks: [{ id: `app-${at}.0`, host: '127.0.0.1', ports: [port], state: 'TASK_RUNNING' }],
    };
  });
}

async function send(
  { way, prefix, method, path, query, from, headers: given, login, body }: ModelRequest,
  host: string,
  where: Readonly<Record<ModelRequest['way'], number>>,
): Promise<ModelAnswer> {
  const name = prefix + host;
  const answer = await get(path + query, {
    port: where[way],
    host: name,
    method,
    body: 'x'.repeat(body),
    from,
    headers: {
      ...given,
      'content-length': `${body}`,
      ...(login !== undefined && { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
    },
    ...(way === 'https' && { sni: name }),
  });
  const { status, text } = answer;
  const got = picked(answer.headers, ANSWER_HEADERS);
  const isByApp = answer.headers['x-by-app'] === 'yes';
  const asked = got['www-authenticate'] === undefined ? {} : { 'www-authenticate': 'Basic' };
  return {
    status,
    ...(status === 503 && { text }),
    ...(isByApp && { seen: seenIn(text) }),
    headers: { ...got, ...asked },
  };
}

function seenIn(text: string): ModelAnswer['seen'] {
  const { path, headers: got } = JSON.parse(text) as {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  return { path, headers: picked(got, SEEN_HEADERS) };
}

/** With the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
