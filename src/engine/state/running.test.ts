import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AdminListen } from '../../config/places/admin-listen.ts';
import { type Logger, silent } from '../../log/logger.ts';
import { createRunningFile } from './running.ts';

const rest = { pid: 12, config: '/etc/haproxy/haproxy.cfg', sslCerts: ['/etc/ssl/cert.pem'] };

let folder: string;
let warnings: string[];
const log: Logger = { ...silent, warn: (text) => void warnings.push(text) };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'running-'));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true }));

it.each<AdminListen>([
  { kind: 'tcp', host: '127.0.0.1', port: 9092 },
  { kind: 'tcp', host: '::1', port: 9092 },
  { kind: 'unix', path: '/run/marathon lb/admin.sock' },
])('is known to other programs: %j', async (listen) => {
  {
    await using file = createRunningFile(folder, log);
    file.keep({ ...rest, listen });
  }
  expect(await createRunningFile(folder, log).read()).toMatchObject({ ...rest, listen });
  expect(warnings).toEqual([]);
});

it.each([
  { kind: 'tcp', host: '127.0.0.1', port: 99_999 },
  { kind: 'tcp', host: 'a\n', port: 9092 },
  { kind: 'tcp', host: '', port: 9092 },
  { kind: 'unix', path: '' },
  { kind: 'unix', path: '/run/a\0' },
])('passes over what cannot be connected to: %j', async (listen) => {
  await writeFile(join(folder, 'running.json'), JSON.stringify({ format: 1, ...rest, listen }));
  expect(await createRunningFile(folder, log).read()).toBeUndefined();
  expect(warnings).toHaveLength(1);
});
