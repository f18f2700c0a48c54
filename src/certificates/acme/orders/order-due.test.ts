import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silent } from '../../../log/logger.ts';
import type { AcmeClient } from '../client.ts';
import { AcmeError } from '../error.ts';
import { createFolderStore } from '../../shared/folder-store.ts';
import { orderDue } from './order-due.ts';
import { describe as describeHosts, readSituation } from './situation.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-order-due-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const directory = 'https://ca.test/dir';
const now = Date.now;
const wishes = ['one.example.com', 'two.example.com'].map((host) => ({ host, app: '/shop', index: 0 }));

it('counts a file that cannot be written or read as a failure of its host, and goes on with the others', async () => {
  const store = createFolderStore(folder, { holder: 'a', lease: 60_000, clock: () => 0 });
  const parts = { store, domains: ['*'], directory, hasDnsHook: false, now, known: new Map() };
  await mkdir(join(folder, 'acme', 'order_one.example.com.json'), { recursive: true });
  const asked: string[] = [];
  const client = {
    order: async (host: string) => {
      asked.push(host);
      throw new AcmeError('order', 'no');
    },
  } as unknown as AcmeClient;
  const tools = { client, store, hook: undefined, keyType: 'ec', log: silent, signal: new AbortController().signal } as const;
  await orderDue(await readSituation(wishes, parts), { ...tools, directory, now, count: () => {} });
  const hosts = describeHosts(await readSituation(wishes, parts), wishes);
  expect(hosts.map(({ host, state, why }) => [host, state, why])).toEqual([
    ['one.example.com', 'failed', expect.stringContaining('EISDIR')],
    ['two.example.com', 'failed', 'no'],
  ]);
  expect(asked).toEqual(['two.example.com']);
});

it('orders nothing in the place of a certificate that cannot be read', async () => {
  const inner = createFolderStore(folder, { holder: 'a', lease: 60_000, clock: () => 0 });
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const read = (document: string) => (document.startsWith('acme_one') ? Promise.reject(denied) : inner.read(document));
  await inner.write('acme_one.example.com.pem', 'x');
  const parts = { store: { ...inner, read }, domains: ['*'], directory, hasDnsHook: false, now, known: new Map() };
  const seen = await readSituation(wishes, parts);
  expect(seen.plan.due.map(({ host }) => host)).toEqual(['two.example.com']);
  expect(describeHosts(seen, wishes)).toMatchObject([{ state: 'failed', why: denied.message }, { state: 'waiting' }]);
  const away = Object.assign(new Error('EIO'), { code: 'EIO' });
  const broken = { ...inner, read: () => Promise.reject(away) };
  await expect(readSituation(wishes, { ...parts, store: broken })).rejects.toBe(away);
});
