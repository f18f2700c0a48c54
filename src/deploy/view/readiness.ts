import type { Blame } from '../types.ts';
import type { SideView } from './view.ts';

export interface Missing {
  /** "2 of 3 new tasks UP on lb-2". */
  readonly why: string;
  readonly blame: Blame;
}

/** Returns why a side does not serve with all its instances; `word`: the name for its tasks; undefined: it does. */
export function missingOf(side: SideView, word: string): Missing | undefined {
  const { app } = side.seen;
  const wanted = app.instances ?? 0;
  const running = side.tasks.filter((task) => task.running);
  const healthy = running.filter((task) => task.alive === true);
  const failure = failureOf(side);
  const of = (count: number, what: string, blame: Blame): Missing => ({
    why: `${count} of ${wanted} ${word} tasks ${what}${blame === 'marathon' ? failure : ''}`,
    blame,
  });
  if (running.length < wanted) return of(running.length, 'running', 'marathon');
  if (healthy.length < wanted) return of(healthy.length, 'healthy', 'marathon');
  const balancers = [...new Set(healthy.flatMap(({ places }) => places.map(({ balancer }) => balancer)))];
  for (const balancer of balancers) {
    const up = healthy.filter(({ places }) => places.some((place) => place.balancer === balancer && place.up));
    if (up.length < wanted) return of(up.length, `UP on ${balancer}`, 'load-balancer');
  }
  return undefined;
}

/** Why the last task of the app failed, as Marathon has it. */
function failureOf({ seen: { lastFailure } }: SideView): string {
  if (lastFailure === undefined) return '';
  const { state, message, host, timestamp } = lastFailure;
  const where = host === undefined ? '' : ` on ${host}`;
  const when = timestamp === undefined ? '' : ` at ${timestamp}`;
  const words = message !== undefined && message !== '' ? `: ${message.replace(/\s+/g, ' ').slice(0, 300)}` : '';
  return `; the last failure of a task was ${state}${where}${when}${words}`;
}

export function isReady(side: SideView): boolean {
  return missingOf(side, '') === undefined;
}
