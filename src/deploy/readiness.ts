import type { SideView } from './view.ts';

/** What keeps a side from serving with all its instances: "2 of 3 new tasks UP on lb-2"; undefined: nothing. */
export function missingOf(side: SideView, word: string): string | undefined {
  const { app } = side.seen;
  const wanted = app.instances ?? 0;
  const running = side.tasks.filter((task) => task.running);
  const healthy = running.filter((task) => task.alive === true);
  const of = (count: number, what: string): string => `${count} of ${wanted} ${word} tasks ${what}`;
  if (running.length < wanted) return of(running.length, 'running');
  if (healthy.length < wanted) return of(healthy.length, 'healthy');
  const balancers = [...new Set(healthy.flatMap(({ places }) => places.map(({ balancer }) => balancer)))];
  for (const balancer of balancers) {
    const up = healthy.filter(({ places }) => places.some((place) => place.balancer === balancer && place.up));
    if (up.length < wanted) return of(up.length, `UP on ${balancer}`);
  }
  return undefined;
}

export function isReady(side: SideView): boolean {
  return missingOf(side, '') === undefined;
}
