import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { featuresFor, HAPROXIES } from '../support/haproxy/haproxies.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-hand-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that says what HAProxy 2.2 of Debian 11 says. */
async function install(path: string, script: string): Promise<string> {
  await writeFile(`${path}.new`, `#!/bin/sh\n${script}\n`);
  await chmod(`${path}.new`, 0o755);
  await rename(`${path}.new`, path);
  return path;
}

/** Counts the questions that Marathon gets, and answers that there are no apps. */
async function startMarathon() {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json').end('{"apps": []}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const OLD = 'echo "HA-Proxy version 2.2.9-2+deb11u6 2023/12/15 - https://haproxy.org/"';

function quiet(): string[] {
  return ['--syslog-socket', '/dev/null', '--state-dir', join(folder, 'state'), '--group', 'external'];
}

describe('a HAProxy that is too old or missing', () => {
  const commands: readonly [string, readonly string[]][] = [
    ['one run', []],
    ['--sse', ['--sse']],
    ['run', ['run', 'sse']],
    ['explain', ['explain', 'app', '/shop']],
  ];

  it.each(commands)('is one sentence before anything else: %s', async (_, words) => {
    await using marathon = await startMarathon();
    const config = join(folder, 'haproxy.cfg');
    const args = [...words, ...quiet(), '-m', marathon.url, '--haproxy-config', config, '--haproxy-binary'];
    const options = { cwd: folder, env: { PORTS: '80,443,9090,9091' } };
    const old = await runProgram([...args, await install(join(folder, 'haproxy'), OLD)], options);
    expect(old).toMatchObject({ status: 2, out: '' });
    expect(old.err).toMatch(/^marathon-lb[\w ]*: HAProxy 2\.2\.9-2\+deb11u6 is too old: 2\.6 or later is needed\n$/);
    const missing = await runProgram([...args, '/none/haproxy'], options);
    expect(missing).toMatchObject({ status: 2, out: '' });
    expect(missing.err).toMatch(
      /^marathon-lb[\w ]*: there is no program \/none\/haproxy: install HAProxy 2\.6 or later [^\n]+--haproxy-binary\n$/,
    );
    expect(marathon.asked()).toBe(0);
    expect(await readdir(folder)).toEqual(['haproxy']);
  });

  it('is the same for the demo', async () => {
    await install(join(folder, 'haproxy'), OLD);
    const { status, err } = await runProgram(['demo'], { env: { PATH: folder } });
    expect({ status, err }).toMatchObject({ status: 2, err: expect.stringContaining('HAProxy 2.2.9-2+deb11u6 is too old') });
  });

  it.each([
    ['--dry', ['--dry', '--haproxy-binary', '/none/haproxy'], 0],
    ['--dry with an old one', ['--dry', '--haproxy-binary', 'OLD'], 0],
    ['--skip-validation', ['--skip-validation', '--command', 'true', '--haproxy-binary', '/none/haproxy'], 0],
    // The check needs it all the same.
    ['--haproxy-version', ['--haproxy-version', '3.4', '--command', 'true', '--haproxy-binary', '/none/haproxy'], 1],
  ])('does not matter to %s', async (_, words, expected) => {
    await using marathon = await startMarathon();
    const old = await install(join(folder, 'haproxy'), OLD);
    const args = [...quiet(), '-m', marathon.url, '--haproxy-config', join(folder, 'haproxy.cfg')];
    const { status, err } = await runProgram([...args, ...words.map((word) => (word === 'OLD' ? old : word))], { cwd: folder });
    expect({ status, err }).toMatchObject({ status: expected });
    expect(err).not.toMatch(/too old|is needed/);
    expect(marathon.asked()).toBeGreaterThan(0);
  });
});

describe.each(HAPROXIES)('%s', (haproxy) => {
  const isShared = featuresFor(haproxy).sharedNames;

  it('gets the layout that it takes, also from --dry and by --haproxy-version', async () => {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
    });
    const port = stack.ports.service[0] ?? 0;
    await stack.eventually(async () => expect(await stack.get('/', { port })).toMatchObject({ status: 200, app: '/shop' }));
    const name = isShared ? `shop_${port}` : `shop_${port}_in`;
    expect(await stack.configText()).toContain(`\nfrontend ${name}\n`);
    const dry = async (...more: string[]): Promise<string> =>
      (await runProgram([...stack.args, '--dry', ...more], { cwd: stack.folder })).out;
    expect(await dry()).toBe(await stack.configText());
    expect(await dry('--haproxy-version', '3.4')).toContain(`\nfrontend shop_${port}_in\n`);
    expect(await dry('--haproxy-version', '3.2')).toContain(`\nfrontend shop_${port}\n`);
  });
});

it.runIf(HAPROXIES.length > 1)('follows an upgrade of HAProxy while it runs', async () => {
  const [first = '', ...others] = HAPROXIES;
  const next = others.find((each) => !featuresFor(each).sharedNames) ?? first;
  const haproxy = await install(join(folder, 'haproxy'), `exec ${first} "$@"`);
  await using stack = await startStack({
    haproxy,
    apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
  });
  const port = stack.ports.service[0] ?? 0;
  await stack.eventually(async () => {
    expect(await stack.get('/', { port })).toMatchObject({ status: 200 });
    expect(await stack.configText()).toContain(`\nfrontend shop_${port}\n`);
  });
  // The master itself goes on as the first version: what is written for the new one is right for it, too.
  await install(haproxy, `case "$*" in *-v*|*-c*) exec ${next} "$@" ;; esac\nexec ${first} "$@"`);
  await stack.daemon.until(/HAProxy was replaced: version 2\.6\S+ before, 3\.4\S+ now/);
  await stack.eventually(async () => {
    expect(await stack.configText()).toContain(`\nfrontend shop_${port}_in\n`);
    expect(await stack.get('/', { port })).toMatchObject({ status: 200, app: '/shop' });
  });
});
