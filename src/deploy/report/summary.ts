/** Both sides in figures, for the terminal and for `--output json`. */
import { isOff } from '../view/observations.ts';
import type { Observation } from '../types.ts';
import { sideAlone, type SideView, type TaskView, type View } from '../view/view.ts';

export interface SideSummary {
  readonly app: string;
  readonly instances: number;
  readonly running: number;
  readonly healthy: number;
  /** Tasks in service at every load balancer. */
  readonly up: number;
  /** Tasks that get no new requests at any. */
  readonly draining: number;
  readonly sessions: number;
  /** Sessions a second. */
  readonly rate: number;
  /** Answers 5xx and failed connections, since the load balancers started. */
  readonly errors: number;
}

/** The outgoing side first. */
export function summaryOf(seen: Observation, view: View | undefined): readonly SideSummary[] {
  const sides = view ? [view.outgoing, view.incoming] : seen.apps.map((app) => sideAlone(app, seen.balancers));
  return sides.map(sideSummary);
}

function sideSummary({ seen: { app }, tasks }: SideView): SideSummary {
  const running = tasks.filter((task) => task.running);
  const places = tasks.flatMap((task) => task.places);
  const servers = places.flatMap((place) => place.servers);
  return {
    app: app.id,
    instances: app.instances ?? 0,
    running: running.length,
    healthy: running.filter(({ alive }) => alive === true).length,
    up: running.filter(isUp).length,
    draining: running.filter((task) => isOff(task) && task.places.some((place) => place.servers.length > 0)).length,
    sessions: places.reduce((sum, { sessions }) => sum + sessions, 0),
    rate: servers.reduce((sum, { rate }) => sum + rate, 0),
    errors: servers.reduce((sum, { answers, failures }) => sum + (answers[5] ?? 0) + failures, 0),
  };
}

function isUp({ places }: TaskView): boolean {
  return places.length > 0 && places.every(({ up }) => up);
}
