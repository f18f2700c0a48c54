/** What another program, or a second load balancer, on the same machine has already. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { type Container, startContainer } from '../support/program/container.ts';
import { runProgram } from '../support/program/program.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startStack } from '../support/program/stack.ts';

const apps = ({ service }: Container['ports']) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })];

async function takePort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: async () => void server.close() };
}

test.each(HAPROXIES)(
  '%s: a taken --admin-listen is replaced by a socket file, which HAProxy and status find',
  async (haproxy) => {
    await using taken = await takePort();
    await using container = await startContainer({
      haproxy,
      apps,
      withoutAdminListen: true,
      args: () => ['--admin-listen', `127.0.0.1:${taken.port}`],
    });
    const { program, folder } = container;
    await program.until(
      new RegExp(
        `cannot listen on 127\\.0\\.0\\.1:${taken.port}: address in use by \\S+ \\(pid ${process.pid}\\); the endpoints are on unix@\\S+ instead`,
      ),
    );
    await program.eventually(async () => {
      expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
    });
    expect(program.text().match(/cannot listen/g)).toHaveLength(1);
    const status = await runProgram(['status', '--haproxy-config', join(folder, 'work', 'haproxy.cfg')], { cwd: '/' });
    expect(status).toMatchObject({ status: 0, out: expect.stringContaining('ready, no problems') });
  },
);

test('direct, too: the endpoints are on a socket file, and the configuration leads to it', async () => {
  await using taken = await takePort();
  await using stack = await startStack({
    apps: ({ service }) => [app('/shop', service[0]!)],
    args: () => ['--admin-listen', `127.0.0.1:${taken.port}`],
  });
  await stack.eventually(async () => {
    expect(await stack.get('/_mlb/ready', { port: stack.ports.stats })).toMatchObject({ status: 200 });
  });
  expect(await stack.configText()).toMatch(/^ {2}server admin unix@\//m);
});

test('direct: refuses ports that another HAProxy has, unless --command says how HAProxy is started', async () => {
  await using first = await startContainer({ apps });
  const { ports, sim, folder } = first;
  await first.program.eventually(async () => {
    expect(await first.get('/', { host: 'shop.test' })).toMatchObject({ status: 200 });
  });
  const config = join(folder, 'tmp', 'other.cfg');
  const { http, https, appid, stats } = ports;
  const words =
    `--marathon ${sim.url} --group external --haproxy-config ${config} --admin-listen off --http-port ${http} --https-port ${https} --appid-port ${appid} --stats-port ${stats} --state-dir ${folder}/tmp/state --runtime-dir ${folder}/tmp/sockets`.split(
      ' ',
    );
  const refused = await runProgram(words, { cwd: folder });
  expect(refused).toMatchObject({ status: 1, out: '' });
  expect(refused.err).toMatch(
    /the HAProxy of process \d+ listens on \*:\d+ and does not run with \S+other\.cfg: start it with -f \S+, name its file/,
  );
  const warned = await runProgram([...words, '--command', 'true'], { cwd: folder });
  expect(warned.status).toBe(0);
  expect(warned.err).toMatch(/WARNING .*the HAProxy of process \d+ listens on/);
});

test('refuses the state folder of another load balancer', async () => {
  await using first = await startContainer({ apps, args: ({ folder }) => ['--state-dir', join(folder, 'tmp', 'state')] });
  await first.program.until(/HAProxy serves/);
  await using second = await startContainer({ args: () => ['--state-dir', join(first.folder, 'tmp', 'state')] });
  const { status, err } = await second.program.ended;
  expect(status).toBe(1);
  expect(err).toMatch(/the state folder \S+ is in use by another marathon-lb \(pid \d+\): stop it, or .* --state-dir/);
});

test('a CA file that is missing ends it before HAProxy starts', async () => {
  await using container = await startContainer({ apps, args: () => ['--marathon-ca-cert', '/none.pem'] });
  const { status, err } = await container.program.ended;
  expect(status).toBe(1);
  expect(err).toMatch(/the CA file \/none\.pem cannot be used/);
  expect(err).not.toMatch(/HAProxy starts|HAProxy serves/);
});
