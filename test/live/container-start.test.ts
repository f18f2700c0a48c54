import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProcesses } from '../../src/haproxy/process/processes.ts';
import { startContainer, type ContainerPrepared } from '../support/program/container.ts';
import { expectShopServed, operatorHead, shopApps } from '../support/program/shop.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

test.each(HAPROXIES)('%s: makes the folders that a head copied from 1.15 names', async (haproxy) => {
  await using container = await startContainer({
    haproxy,
    apps: shopApps,
    env: (prepared) => ({ HAPROXY_HEAD: oldHead(prepared) }),
  });
  const { program, folder } = container;
  await program.eventually(() => expectShopServed(container));
  for (const made of ['run/haproxy', 'var/state/haproxy']) {
    expect((await stat(join(folder, 'tmp', made))).mode & 0o777).toBe(0o755);
    expect(program.text()).toContain(`made the folder ${join(folder, 'tmp', made)}: HAPROXY_HEAD names it`);
  }
  // Gone in mid-run, as after a cleaning of /var/run: HAProxy does not start without it either.
  const mark = program.mark();
  await rm(join(folder, 'tmp', 'run'), { recursive: true });
  for (const { pid } of await findProcesses(join(folder, 'work', 'haproxy.cfg'))) process.kill(pid, 'SIGKILL');
  await program.until(/HAProxy runs again/, mark);
  await program.eventually(() => expectShopServed(container));
});

test('starts without services if HAProxy does not start with the configuration of last time, and says why', async () => {
  await using container = await startContainer({
    apps: shopApps,
    args: (prepared) => ['--haproxy-config', join(prepared.folder, 'work', 'old', 'haproxy.cfg')],
    // Marathon is not there yet: what HAProxy starts with is all there is.
    through: ['sh', '-c', `mkdir old; printf '%s' "$OLD" > old/haproxy.cfg; exec "$@"`, 'sh'],
    env: (prepared) => ({
      OLD: `${lines(prepared, join(prepared.folder, 'gone', 'own.sock'))}frontend of_last_time\n  mode http\n`,
    }),
  });
  const { program, folder } = container;
  await program.until(/HAProxy \(\S+\) does not start with \S+haproxy\.cfg: .*gone\/own\.sock/s);
  expect(program.text().match(/\[ALERT\].*gone\/own\.sock/g)).toHaveLength(1);
  await program.until(/HAProxy starts without services now, .* the services come with the next answer of Marathon/);
  await program.eventually(() => expectShopServed(container));
  const now = await readFile(join(folder, 'work', 'old', 'haproxy.cfg'), 'utf8');
  expect(now).not.toContain('of_last_time');
});

test.each(HAPROXIES)('%s: starts with a head whose maxconn is above the limit of open files, and says so', async (haproxy) => {
  await using container = await startContainer({
    haproxy,
    apps: shopApps,
    through: ['sh', '-c', 'ulimit -n 4096; exec "$@"', 'sh'],
    env: (prepared) => ({ HAPROXY_HEAD: oldHead(prepared).replace('maxconn 1000', 'maxconn 100000') }),
  });
  const { program } = container;
  await program.eventually(() => expectShopServed(container));
  expect(program.text()).toMatch(/HAPROXY_HEAD wants 200100 open files \(maxconn 100000\), and the limit is 4096/);
});

test('does not loop if HAProxy starts with no services only, and serves them as soon as it can', async () => {
  await using container = await startContainer({
    apps: shopApps,
    haproxy: '/usr/sbin/haproxy',
    args: ({ folder }) => ['--haproxy-binary', join(folder, 'tmp', 'haproxy')],
    through: ['sh', '-c', `printf '%s' "$BINARY" > "$TMPDIR/haproxy"; chmod 755 "$TMPDIR/haproxy"; exec "$@"`, 'sh'],
    env: ({ folder }) => ({ BINARY: pickyBinary(join(folder, 'tmp', 'few-files')) }),
  });
  const { program, folder } = container;
  await program.eventually(() => expectShopServed(container));
  await writeFile(join(folder, 'tmp', 'few-files'), '');
  const mark = program.mark();
  const [master] = await container.pids();
  process.kill(master!, 'SIGKILL');
  await program.until(/does not start with .*cannot have so many files/s, mark);
  await program.until(/HAProxy runs again/, mark);
  expect((await container.stats('/_haproxy_health_check')).status).toBe(200);
  await rm(join(folder, 'tmp', 'few-files'));
  await program.eventually(() => expectShopServed(container));
});

/** A HAProxy that accepts each configuration, and does not start with servers while a file is there. */
function pickyBinary(file: string): string {
  return `#!/bin/sh
case " $* " in *' -W '*)
  for word; do [ "$last" = -f ] && config=$word; last=$word; done
  if [ -e ${file} ] && grep -q '^  server 127' "$config"; then echo '[ALERT] (1) : cannot have so many files' >&2; exit 1; fi
esac
exec /usr/sbin/haproxy "$@"
`;
}

function oldHead(prepared: ContainerPrepared): string {
  const tmp = join(prepared.folder, 'tmp');
  return lines(prepared, join(tmp, 'run', 'haproxy', 'socket'), [
    '  server-state-file global',
    `  server-state-base ${join(tmp, 'var', 'state', 'haproxy')}/`,
  ]);
}

function lines({ ports }: ContainerPrepared, socket: string, more: readonly string[] = []): string {
  return operatorHead(ports, { global: [`  stats socket ${socket} expose-fd listeners`, ...more] });
}

test('refuses ports that another HAProxy or program has, by its name and process', async () => {
  await using first = await startContainer({ apps: shopApps });
  await first.program.eventually(() => expectShopServed(first));
  const { http, https, appid, stats } = first.ports;
  const taken = ['--http-port', http, '--https-port', https, '--appid-port', appid, '--stats-port', stats].map(String);
  await using second = await startContainer({ args: () => taken });
  const { status, err } = await second.program.ended;
  expect(status).toBe(1);
  expect(err).toMatch(
    /\*:\d+ is taken by haproxy \(process \d+\): stop it, or give this load balancer other ports \(--http-port/,
  );
  await using server = await listeningProgram();
  await using third = await startContainer({ args: () => ['--stats-port', String(server.port)] });
  expect((await third.program.ended).err).toMatch(
    new RegExp(`\\*:${server.port} is taken by \\S+ \\(process ${process.pid}\\): stop it`),
  );
});

test('needs no PORTS, and warns if they lack a shared port', async () => {
  await using container = await startContainer({
    apps: shopApps,
    env: ({ ports }) => ({ PORTS: `${ports.http},${ports.stats}` }),
  });
  const { https, appid } = container.ports;
  await container.program.until(new RegExp(`PORTS lacks ${https}, ${appid}, which HAProxy binds: add them to the ports`));
  await using other = await startContainer({ apps: shopApps, env: () => ({ PORTS: '' }) });
  await other.program.eventually(() => expectShopServed(other));
  expect(other.program.text()).not.toContain('PORTS');
});

async function listeningProgram(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  await once(server.listen(0), 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('ends when npx is told to end', { timeout: 60_000 }, async () => {
  await using container = await startContainer({
    apps: shopApps,
    through: ['sh', '-c', 'npm_config_cache=$TMPDIR npm_config_update_notifier=false exec npm exec -c "$*"', 'sh'],
  });
  const { program, folder } = container;
  const config = join(folder, 'work', 'haproxy.cfg');
  await program.eventually(() => expectShopServed(container));
  program.kill('SIGTERM');
  await program.ended;
  await expect.poll(async () => findProcesses(config), { timeout: 15_000 }).toEqual([]);
  expect(program.text()).toContain('npm, which started this program, has ended: stopping');
});
