/** `marathon-lb translate traefik`: from files and from Marathon; and what the guide says of it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { startSim } from '../../sim/start.ts';
import { app } from '../support/marathon/apps.ts';
import { ours, type Labels, translated } from '../support/labels/traefik.ts';
import { runProgram } from '../support/program/program.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'translate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shop = {
  id: '/shop',
  labels: {
    OWNER: 'shop team',
    'traefik.http.routers.shop.rule': 'Host(`shop.test`) && PathPrefix(`/v1`)',
    'traefik.http.routers.shop.middlewares': 'v1',
    'traefik.http.middlewares.v1.stripprefix.prefixes': '/v1',
  },
};
const NEW = {
  HAPROXY_GROUP: 'external',
  HAPROXY_0_VHOST: 'shop.test',
  HAPROXY_0_PATH: '/v1',
  HAPROXY_0_BACKEND_WEIGHT: '38',
  HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/v1',
  HAPROXY_0_REQUEST_HEADERS: 'set X-Forwarded-Prefix: /v1',
};

async function fileOf(name: string, value: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

test('a file becomes labels, as they are in a definition', async () => {
  const { status, out, err } = await runProgram(['translate', 'traefik', await fileOf('shop.json', shop)]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const [id, ...lines] = out.trimEnd().split('\n');
  expect(id).toBe('/shop');
  expect(JSON.parse(`{${lines.join('\n')}}`)).toEqual(NEW);
});

test('a change for Marathon has all labels of the app', async () => {
  const { status, out } = await runProgram(['translate', 'traefik', '--json', await fileOf('shop.json', shop)]);
  expect(status).toBe(0);
  expect(JSON.parse(out)).toEqual({ id: '/shop', labels: { ...shop.labels, ...NEW } });
});

test('what has no counterpart is on stderr, with status 1', async () => {
  const own = { 'traefik.http.routers.shop.tls.certresolver': 'le', 'traefik.http.routers.shop.entrypoints': 'public' };
  const file = await fileOf('lost.json', { ...shop, labels: { ...shop.labels, ...own } });
  const { status, out, err } = await runProgram(['translate', 'traefik', file]);
  expect(status).toBe(1);
  expect(out).toContain('"HAPROXY_0_ENABLED": "false"');
  expect(err.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
    'No counterpart (2 labels):',
    '  /shop traefik.http.routers.shop.entrypoints',
    '  /shop traefik.http.routers.shop.tls.certresolver',
    'With a difference (1 label):',
    '  /shop traefik.http.routers.shop.tls',
    '',
  ]);
  const named = await runProgram(['translate', 'traefik', '--https-entry-points', 'Public', file]);
  expect(named.out).not.toContain('ENABLED');
});

test('escape sequences in labels do not reach the terminal', async () => {
  const labels = { 'traefik.http.routers.r\u001b[2J.rule': 'Host(`\u001b[2J`)', 'traefik.\u009bx': '1' };
  const { out, err } = await runProgram(['translate', 'traefik', await fileOf('odd.json', { id: '/odd', labels })]);
  for (const character of ['\u001b', '\u009b']) expect(out + err).not.toContain(character);
  expect(err).toContain('\\x1b[2J');
});

test.each<[what: string, args: readonly string[], message: RegExp]>([
  ['neither files nor --marathon', ['traefik'], /give files with app definitions, or --marathon/],
  ['both', ['traefik', 'x.json', '--marathon', 'http://127.0.0.1:1'], /give files with app definitions, or --marathon/],
  ['another load balancer', ['nginx', 'x.json'], /It must be traefik/],
  ['a file that is not there', ['traefik', '/nowhere.json'], /cannot read \/nowhere\.json: ENOENT/],
  ['a Marathon that is not there', ['traefik', '--marathon', 'http://127.0.0.1:1'], /ECONNREFUSED/],
  ['a wrong option', ['traefik', 'x.json', '--maraton'], /unknown option/],
])('%s: status 2', async (_, args, message) => {
  const { status, out, err } = await runProgram(['translate', ...args]);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toMatch(message);
});

test.each(['no JSON', '{"name":"/shop"}'])('a file with %s: status 2', async (text) => {
  const { status, err } = await runProgram(['translate', 'traefik', await fileOf('wrong.json', text)]);
  expect(status).toBe(2);
  expect(err).toMatch(/wrong\.json/);
});

test('all apps of a Marathon with a password; a middleware may be of another app', async () => {
  const login = { 'traefik.http.middlewares.near.ipwhitelist.sourcerange': '127.0.0.0/8' };
  const labels = { 'traefik.http.routers.b.rule': 'Host(`b.test`)', 'traefik.http.routers.b.middlewares': 'near' };
  const basicAuth = { user: 'ann', password: 'secret' };
  const standing = [app('/plain', 10001), app('/a', 10002, login), app('/b', 10003, labels)];
  await using sim = await startSim({ tasks: 'none', standing, basicAuth });
  const ask = (...args: readonly string[]) => runProgram(['translate', 'traefik', '--marathon', sim.url, ...args]);
  const { status, out, err } = await ask('--json', '--auth-credentials', 'ann:secret');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const own = { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'b.test', HAPROXY_0_ALLOW: '127.0.0.0/8' };
  expect(JSON.parse(out)).toEqual([{ id: '/b', labels: { ...labels, ...own } }]);
  expect((await ask()).status).toBe(2);
});

/** Returns the rows of the tables in a text. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| (`.+) \| (.+) \|$/gm)].map(([, left = '', right = '']) => [left, right] as const);
/** Returns the labels of a cell: `name = value`, each in backticks. */
const labelsIn = (cell: string): Labels =>
  Object.fromEntries([...cell.matchAll(/(`+)(\S+) = ?(.*?)\1(?!`)/g)].map(([, , name = '', value = '']) => [name, value]));

/** Translates the labels of a cell, with a router if it has none. */
const translatedRow = (left: string) => {
  const given = Object.entries(labelsIn(left)).map(([name, value]) => [`http.${name}`, value]);
  const rule = { 'http.routers.r.rule': 'Host(`a.test`)' };
  const isMiddleware = left.includes('middlewares.m.');
  return translated({
    ...rule,
    ...(isMiddleware && { 'http.routers.r.middlewares': 'm' }),
    ...Object.fromEntries(given),
  } as Labels);
};

describe('docs/guide/from-traefik.md', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../docs/guide/from-traefik.md'), 'utf8');
  const [, becomes = '', lost = ''] = guide.split(/^## What (?:becomes|has no)/m);

  it('has rows', () => {
    expect(rowsOf(becomes).length).toBeGreaterThan(25);
    expect(rowsOf(lost).length).toBeGreaterThan(10);
  });

  it.each(rowsOf(becomes))('%s becomes %s', (left, right) => {
    const found = translatedRow(left);
    expect(ours(found)).toEqual(labelsIn(right));
    expect(found.remarks.filter(({ kind }) => kind === 'lost')).toEqual([]);
  });

  it.each(rowsOf(lost))('%s has no counterpart: %s', (left) => {
    const names = Object.keys(labelsIn(left));
    const told = translatedRow(left).remarks.filter(({ kind }) => kind === 'lost');
    expect(told.length).toBeGreaterThan(0);
    for (const { label } of told) expect(`traefik.http.${names.join()}`).toContain(label.replace(/\.(?:sourcerange|depth)$/, ''));
  });
});
