import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseApp } from '../../../src/sources/marathon/apps/schema.ts';
import { serverName } from '../../../src/model/names.ts';
import { sidesOf } from '../../../src/model/groups/draining-side.ts';
import type { Workload } from '../../../src/model/workload.ts';

/** Tells the statistics of a load balancer that follows Marathon at once, one app group, one service port. */
export interface FakeBalancer extends AsyncDisposable {
  readonly url: string;
  /** It answers nothing. */
  silent: boolean;
  /** Waited for before the statistics are answered. */
  before: () => Promise<void>;
  /** It has no servers. */
  empty: boolean;
  /** Part of the answers of an app that are 5xx, by the end of its id. */
  readonly errors: Map<string, number>;
  /** Whether the tasks of an app pass the checks of a definition, that of the app scaled earlier, as with 1.15. */
  passes: (app: Workload, definition: Workload) => boolean;
}

export async function startFakeBalancer(marathon: string, backend: string): Promise<FakeBalancer> {
  let looks = 0;
  const state = {
    silent: false,
    empty: false,
    before: (): Promise<void> => Promise.resolve(),
    errors: new Map<string, number>(),
    passes: (): boolean => true,
  } as Omit<FakeBalancer, 'url' | keyof AsyncDisposable>;
  const linesOf = async (): Promise<string[]> => {
    const response = await fetch(`${marathon}/v2/apps?embed=apps.tasks`);
    const { apps: raw } = (await response.json()) as { apps: unknown[] };
    const apps = raw.flatMap((each) => parseApp(each).app ?? []);
    const sides = apps.length === 2 ? sidesOf(apps[0] as Workload, apps[1] as Workload) : undefined;
    const draining = new Set(sides?.kind === 'sides' ? sides.draining : []);
    looks += 1;
    return apps.flatMap((app) =>
      app.tasks.flatMap((task) => {
        const { id } = app;
        const status = state.passes(app, sides?.kind === 'sides' ? sides.older : app) ? 'UP' : 'DOWN';
        if (task.state !== undefined) return [];
        const { host = '', ports = [] } = task;
        const name = serverName({ host, ip: host, port: ports[0] ?? 0 });
        const failed = [...state.errors].find(([end]) => id.endsWith(end))?.[1] ?? 0;
        const counts = [100 * looks * (1 - failed), 100 * looks * failed];
        return `${backend},${name},0,0,${draining.has(task.id) ? 'MAINT' : status},2,${counts.join(',')}`;
      }),
    );
  };
  const server = createServer((request, response) => {
    if (state.silent) return void request.socket.destroy();
    if (request.url === '/_haproxy_getpids') return void response.end('10 11');
    void state
      .before()
      .then(linesOf)
      .then(
        (lines) =>
          response.end(['# pxname,svname,qcur,scur,status,type,hrsp_2xx,hrsp_5xx', ...(state.empty ? [] : lines), ''].join('\n')),
        () => request.socket.destroy(),
      );
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
