import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lineOf, createAsk } from '../../src/haproxy/runtime/socket.ts';
import { app } from '../support/marathon/apps.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startStack } from '../support/program/stack.ts';

test.each(HAPROXIES)(
  'what somebody changes by hand is said and undone at the next comparison, with %s',
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
      args: () => ['--haproxy-map'],
    });
    const { daemon, sim, config } = stack;
    const served = () =>
      stack.eventually(async () => expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ app: '/shop' }));
    await sim.idle();
    await served();
    // The event stream asks for a pass of its own; a signal that comes before it is told of with it.
    await daemon.until(/ connected: /);
    const ours = await stack.configText();
    const ask = (...commands: string[]) =>
      createAsk()(
        { kind: 'path', path: /stats socket (\S+)/.exec(ours)?.[1] ?? '' },
        lineOf(commands),
        new AbortController().signal,
      );

    let mark = daemon.mark();
    daemon.kill('SIGHUP');
    await daemon.until(/SIGHUP: nothing changed/, mark);
    expect(daemon.text()).not.toContain('HAProxy does not have what');
    expect(daemon.text()).not.toContain('by another program or by hand');

    mark = daemon.mark();
    await ask('set maxconn frontend marathon_http_in 1', 'disable frontend marathon_http_in');
    await appendFile(config, '# mine\n');
    daemon.kill('SIGHUP');
    await daemon.until(
      /frontend marathon_http_in is disabled; frontend marathon_http_in takes 1 connections instead of \d+/,
      mark,
    );
    await daemon.until(/haproxy\.cfg was changed by another program or by hand; the change is undone/, mark);
    // To the end of the pass: until then it looks at the files once more.
    await daemon.until(/ SIGHUP: /, mark);
    await served();
    expect(await stack.configText()).toBe(ours);

    // Somebody who lets HAProxy run it, too.
    mark = daemon.mark();
    const rule = '  http-request return status 200 content-type text/plain string theirs\n';
    await writeFile(
      config,
      ours.replace(/^frontend marathon_http_in\n(?: .*\n)+?(?= {2}use_backend)/m, (head) => head + rule),
    );
    expect(await readFile(config, 'utf8')).not.toBe(ours);
    process.kill(stack.haproxy, 'SIGUSR2');
    await stack.eventually(async () => expect((await stack.get('/', { host: 'shop.test' })).text).toBe('theirs'));
    daemon.kill('SIGHUP');
    await daemon.until(/HAProxy reloaded: HAProxy may run files that somebody else wrote/, mark);
    await served();
    expect(await stack.configText()).toBe(ours);
  },
  120_000,
);
