import { describe, expect, it } from 'vitest';
import { HAPROXIES } from '../../test/support/haproxy/haproxies.ts';
import { startHaproxy, startTasks } from '../../test/support/haproxy/live-haproxy.ts';

describe.each(HAPROXIES)('createLiveApplier with %s', (binary) => {
  it.each([true, false])('has reloaded when the new worker answers; with changes at run time: %s', async (runtimeUpdates) => {
    await using tasks = await startTasks(1);
    const [port = 0] = tasks.ports;
    await using haproxy = await startHaproxy(binary, { runtimeUpdates });
    await haproxy.bring(haproxy.doc([['a', port]]));
    // From 3.1 on it is the worker that reads the configuration: it is there long before it serves.
    const long = Array.from({ length: 20_000 }, (_, at) => `  acl a path_reg ^/(a|b)+${at}$\n`).join('');
    const pid = async (): Promise<string | undefined> => /^Pid: (\d+)/m.exec(await haproxy.ask('show info'))?.[1];
    for (const name of ['b', 'c']) {
      const before = await pid();
      await haproxy.bring(haproxy.doc([['a', port]], { backend: `  balance roundrobin\n  # ${name}\n${long}` }));
      expect(await pid()).not.toBe(before);
    }
    expect(haproxy.reloads()).toBe(3);
  });
});
