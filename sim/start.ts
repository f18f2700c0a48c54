import { setMaxListeners } from 'node:events';
import { createAuthentication } from './http/auth.ts';
import { createCallbacks } from './http/callbacks.ts';
import { createApp } from './cluster/api-commands.ts';
import { systemClock } from './cluster/clock.ts';
import { createControls, type SimControls } from './controls.ts';
import { createRandom } from './cluster/random.ts';
import { createEventHub } from './cluster/event-hub.ts';
import { createFaults } from './http/faults.ts';
import { parseAppInput } from './definition/app-input.ts';
import { listen, type Listener, type ListenerParts } from './http/listener.ts';
import { delaysFor, type SimOptions } from './options.ts';
import { adminRoutes } from './http/routes/admin.ts';
import { marathonApi } from './http/routes/api.ts';
import { seedCluster } from './cluster/seed.ts';
import { createCluster, type Cluster } from './cluster/cluster.ts';

/** A running simulator: a Marathon at `url`, with tasks. Disposing ends its tasks and closes every connection. */
export interface Sim extends SimControls, AsyncDisposable {
  /** With the base path: what goes behind `--marathon`. */
  readonly url: string;
  /** Requests that were answered, by path. */
  readonly requests: ReadonlyMap<string, number>;
  /** Another Marathon of the same cluster: passes everything on, redirects the event stream. */
  startStandby(options?: { readonly port?: number }): Promise<Listener>;
}

/**
 * Starts the embedded Marathon. Apps given are deployed as by POST (`idle()` waits for them); with `tasks: 'none'` they run at
 * once, without a deployment or an event. Throws `ApiError` if an app is not valid, and the system's error if the port is in use.
 */
export async function startSim(options: SimOptions = {}): Promise<Sim> {
  const ending = new AbortController();
  // Everything under way listens to it: no number of listeners is a leak.
  setMaxListeners(0, ending.signal);
  const { clock = systemClock, speed = 1, tasks = 'real' } = options;
  const faults = createFaults();
  const settings = {
    profile: options.profile ?? '1.11',
    clock,
    random: createRandom(options.seed ?? Math.floor(Math.random() * 2 ** 32)),
    delays: delaysFor(speed, tasks === 'none' ? { ...NO_DELAYS, ...options.delays } : options.delays),
    speed,
    tasks,
    agents: options.agents ?? ['127.0.0.1', '127.0.0.2'],
    taskKilling: options.taskKilling ?? true,
  } as const;
  const cluster = createCluster(settings, createEventHub(), ending.signal);
  const controls = createControls(cluster, faults);
  const api = marathonApi(cluster, faults, createCallbacks(cluster));
  const admin = adminRoutes(controls);
  const parts: ListenerParts = {
    cluster,
    faults,
    authentication: createAuthentication(options, () => clock.now()),
    fetch: (request, env) => api.fetch(request, env as object),
    admin: (request) => admin.fetch(request),
  };
  const inputs = (options.apps ?? []).map(parseAppInput);
  const standing = (options.standing ?? []).map(parseAppInput);
  const leader = await listen(parts, options);
  const listeners: Listener[] = [leader];
  cluster.leader.host = leader.host;

  seedCluster(cluster, standing);
  if (tasks === 'none') seedCluster(cluster, inputs);
  else for (const input of inputs) createApp(cluster, input, false, () => {});

  return {
    ...controls,
    url: leader.url,
    requests: leader.requests,
    startStandby: async ({ port = 0 } = {}) => {
      const standby = await listen({ ...parts, standbyOf: leader.url }, { ...options, port });
      listeners.push(standby);
      return standby;
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort(new Error('the simulator was closed'));
      await endTasks(cluster);
      await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
      if (cluster.failures.length > 0) throw new AggregateError(cluster.failures, 'the simulator had errors in its own work');
    },
  };
}

const NO_DELAYS = { deployment: 0, offer: 0, executor: 0, startup: 0, kill: 0, stop: 0 };

async function endTasks(cluster: Cluster): Promise<void> {
  const all = [...cluster.instances.values()].flatMap((siblings) => [...siblings.values()]);
  for (const { life } of all) life.abort(new Error('the simulator was closed'));
  await Promise.all(cluster.running);
  await Promise.all(all.map(async ({ task }) => task?.server?.close()));
}
