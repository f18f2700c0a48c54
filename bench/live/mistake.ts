import { get } from '../../test/support/network/request.ts';
import { startStack } from '../../test/support/program/stack.ts';
import { fleetApp, fleetHost } from './fleet.ts';

/** Milliseconds from the start of the program until all other apps are served, one of `apps` having a label that HAProxy refuses. */
export async function measureMistake(apps: number, isBad = true): Promise<number> {
  const bad = isBad ? apps >> 1 : -1;
  let since = 0;
  await using stack = await startStack({
    apps: () => Array.from({ length: apps }, (_, at) => fleetApp(at, at === bad ? { HAPROXY_0_BALANCE: 'magic' } : {})),
    sim: { speed: 50, seed: 3 },
    args: () => ['--reload-min-interval', '2'],
    before: async ({ sim }) => {
      await sim.idle();
      since = performance.now();
    },
  });
  for (let number = 0; number < apps; number += 1) {
    if (number === bad) continue;
    await stack.eventually(async () => {
      const { status } = await get('/', { port: stack.ports.http, host: fleetHost(number) });
      if (status !== 200) throw new Error(`app ${number} of ${apps}: status ${status}`);
    });
  }
  return performance.now() - since;
}
