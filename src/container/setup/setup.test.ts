import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { thisMachine } from '../../config/machine.ts';
import { silent } from '../../log/logger.ts';
import { place } from './setup.ts';
import { prepare, type Prepared } from './settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-place-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function placed(raw: object = {}, env: Record<string, string> = {}, change: Partial<Prepared> = {}) {
  const given = {
    group: ['external'],
    stateDir: join(folder, 'state'),
    haproxyConfig: join(folder, 'etc', 'haproxy.cfg'),
    certDir: join(folder, 'ssl'),
    ...raw,
  };
  const machine = { ...thisMachine({ PORTS: '80', ...env }), uid: 1000, tmpdir: join(folder, 'tmp') };
  return place(
    { ...prepare({ mode: 'sse', callback: undefined, raw: given }, machine), ...change },
    silent,
    new AbortController().signal,
  );
}

const credentials = { MARATHON_USER: 'joe', MARATHON_PASSWORD: 'word' };

it('makes folders and a certificate', async () => {
  const { render } = await placed();
  expect(render.sslCerts).toEqual([join(folder, 'ssl', 'cert.pem')]);
  expect((await readdir(folder)).sort()).toEqual(['etc', 'ssl', 'tmp']);
});

it('gives Marathon the credentials of the environment, unless the command line has some', async () => {
  expect((await placed({}, credentials)).marathon.auth).toMatchObject({ kind: 'basic', user: 'joe' });
  expect((await placed({ authCredentials: 'ann:x' }, credentials)).marathon.auth).toMatchObject({ user: 'ann' });
});

it('says which option helps where the configuration has no place', async () => {
  await writeFile(join(folder, 'file'), '');
  const failing = placed({ haproxyConfig: join(folder, 'file', 'haproxy.cfg') });
  await expect(failing).rejects.toThrow(/choose another place, such as --haproxy-config .*state\/haproxy\.cfg/);
});

it('puts the configuration into the folder of the state where its usual one cannot be written', async () => {
  await writeFile(join(folder, 'file'), '');
  const unwritable = { haproxyConfig: join(folder, 'file', 'haproxy.cfg') };
  const { haproxy, render } = await placed(unwritable, {}, { isConfigGiven: false });
  expect(haproxy.config).toBe(join(folder, 'state', 'haproxy.cfg'));
  expect(render.haproxyDir).toBe(join(folder, 'state'));
  const both = placed({ ...unwritable, stateDir: join(folder, 'file', 'state') }, {}, { isConfigGiven: false });
  await expect(both).rejects.toThrow(/such as --haproxy-config, or a folder for all of it with --state-dir/);
});
