import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

test.each(HAPROXIES)('a service with one fixed server survives its restart, with %s', async (haproxy) => {
  await using stack = await startStack({
    haproxy,
    apps: ({ service }) => [
      app('/target', service[0] ?? 0, { HAPROXY_0_VHOST: 'target.test' }),
      app('/proxy', service[1] ?? 0, {
        HAPROXY_0_MODE: 'http',
        HAPROXY_0_VHOST: 'proxy.test',
        HAPROXY_0_BACKEND_SERVER_OPTIONS: `  server fixed 127.0.0.1:${service[0]}\n`,
      }),
    ],
  });
  const served = () =>
    stack.eventually(async () => expect(await stack.get('/', { host: 'proxy.test' })).toMatchObject({ status: 200 }));
  await served();
  const mark = stack.daemon.mark();
  await stack.scale('/proxy', 3);
  await stack.eventually(() => expect(stack.sim.tasks('/proxy')).toHaveLength(3));
  await stack.sim.idle();
  await stack.restart('/proxy');
  await stack.sim.idle();
  await served();
  expect((await stack.configText()).match(/^\s+server fixed /gm)).toHaveLength(1);
  expect(stack.daemon.text().slice(mark)).not.toMatch(/haproxy-rejected/);
});

test.each(HAPROXIES)('a certificate that comes late is taken within seconds, with %s', async (haproxy) => {
  let late = '';
  await using stack = await startStack({
    haproxy,
    args: ({ folder }) => {
      late = join(folder, 'late.pem');
      return [];
    },
    apps: ({ service }) => [app('/good', service[0] ?? 0, { HAPROXY_0_VHOST: 'good.test' })],
  });
  await stack.eventually(async () => expect(await stack.get('/', { host: 'good.test' })).toMatchObject({ app: '/good' }));
  const mark = stack.daemon.mark();
  const port = stack.ports.service[1] ?? 0;
  await stack.create(app('/late', port, { HAPROXY_0_VHOST: 'late.test', HAPROXY_0_SSL_CERT: late }));
  await stack.daemon.until(/app \/late: HAProxy rejects it: .*the file \S*late\.pem does not exist/, mark);
  const certificate = await makeCertificate(stack.folder, 'late.test');
  await writeFile(late, await readFile(certificate));
  await stack.daemon.until(/fixed: app \/late/, mark);
  await stack.eventually(async () => expect(await stack.get('/', { host: 'late.test' })).toMatchObject({ app: '/late' }));
});

test.each(HAPROXIES)('a name that does not resolve any more costs a service nothing over a restart, with %s', async (haproxy) => {
  const known = ' init-addr libc,127.0.0.1';
  await using stack = await startStack({
    haproxy,
    apps: ({ service }) => [app('/target', service[0] ?? 0, {}), app('/proxy', service[1] ?? 0, lines(service[0], known))],
  });
  const [target, proxy, next] = stack.ports.service;
  const served = (name: string) =>
    stack.eventually(async () => expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ status: 200 }));
  await served('proxy');
  stack.daemon.kill('SIGTERM');
  await stack.daemon.ended;
  // As if the name had resolved when HAProxy read the line.
  const file = join(stack.folder, 'state/last-good.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(known, ''));
  await stack.change('/proxy', app('/proxy', proxy ?? 0, lines(target, '')));
  await stack.create(app('/next', next ?? 0, { HAPROXY_0_VHOST: 'next.test' }));
  await stack.sim.idle();
  await using daemon = startProgram([...stack.args, '--sse'], { cwd: stack.folder, env: {} });
  await daemon.until(/app \/proxy: HAProxy rejects it: .*served with the addresses.*target\.invalid cannot be resolved/);
  await served('next');
  await served('proxy');
  expect(await stack.configText()).toContain(`server fixed target.invalid:${target} init-addr libc,127.0.0.1\n`);
});

function lines(port: number | undefined, more: string): Readonly<Record<string, string>> {
  return {
    HAPROXY_0_MODE: 'http',
    HAPROXY_0_VHOST: 'proxy.test',
    HAPROXY_0_BACKEND_SERVER_OPTIONS: `  server fixed target.invalid:${port}${more}\n`,
  };
}
