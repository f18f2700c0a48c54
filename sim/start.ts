import { setMaxListeners } from 'node:events';
import { createGate } from './http/auth.ts';
import { createCallbacks } from './http/callbacks.ts';
import { createApp } from './cluster/api-commands.ts';
import { systemClock } from './cluster/clock.ts';
import { createControls, type SimControls } from './controls.ts';
import { createDice } from './cluster/random.ts';
import { createEventHub } from './cluster/event-hub.ts';
import { createFaults } from './http/faults.ts';
import { parseAppInput } from './definition/app-input.ts';
import { listen, type Listener, type ListenerParts } from './http/listener.ts';
import { delaysFor, type SimOptions } from './options.ts';
import { adminRoutes } from './http/routes/admin.ts';
import { marathonApi } from './http/routes/api.ts';
import { seedWorld } from './cluster/seed.ts';
import { createWorld, type World } from './cluster/cluster.ts';

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
 * once, without a deployment or an event. Throws `ApiError` where an app is no app, and the system's error where the port is taken.
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
    dice: createDice(options.seed ?? Math.floor(Math.random() * 2 ** 32)),
    delays: delaysFor(speed, tasks === 'none' ? { ...NO_DELAYS, ...options.delays } : options.delays),
    speed,
    tasks,
    agents: options.agents ?? ['127.0.0.1', '127.0.0.2'],
    taskKilling: options.taskKilling ?? true,
  } as const;
  const world = createWorld(settings, createEventHub(), ending.signal);
  const controls = createControls(world, faults);
  const api = marathonApi(world, faults, createCallbacks(world));
  const admin = adminRoutes(controls);
  const parts: ListenerParts = {
    world,
    faults,
    gate: createGate(options, () => clock.now()),
    fetch: (request, env) => api.fetch(request, env as object),
    admin: (request) => admin.fetch(request),
  };
  const inputs = (options.apps ?? []).map(parseAppInput);
  const standing = (options.standing ?? []).map(parseAppInput);
  const leader = await listen(parts, options);
  const listeners: Listener[] = [leader];
  world.leader.host = leader.host;

  seedWorld(world, standing);
  if (tasks === 'none') seedWorld(world, inputs);
  else for (const input of inputs) createApp(world, input, false, () => {});

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
      await endTasks(world);
      await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
      if (world.failures.length > 0) throw new AggregateError(world.failures, 'the simulator had errors in its own work');
    },
  };
}

const NO_DELAYS = { deployment: 0, offer: 0, executor: 0, startup: 0, kill: 0, stop: 0 };

async function endTasks(world: World): Promise<void> {
  const all = [...world.instances.values()].flatMap((siblings) => [...siblings.values()]);
  for (const { life } of all) life.abort(new Error('the simulator was closed'));
  await Promise.all(world.running);
  await Promise.all(all.map(async ({ task }) => task?.server?.close()));
}
