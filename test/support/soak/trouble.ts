import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '../marathon/apps.ts';
import type { PortBlock } from '../network/port-block.ts';
import type { Stack } from '../program/stack.ts';

/** Where trouble is made. */
export interface Troubled extends Pick<Stack, 'sim' | 'marathon' | 'eventually'> {
  readonly ports: { readonly service: readonly number[] };
}

/** One kind of thing that goes on, again and again, beside the others. */
export interface Lane {
  readonly name: string;
  /** Milliseconds of rest between two turns: at random up to twice this. */
  readonly rest: number;
  /** One turn; where it changes an app it waits until Marathon's deployment is over. */
  turn(stack: Troubled, random: () => number): Promise<void>;
}

/** Takes turn after turn until the signal. `turns` counts them by name. */
export async function keepGoing(
  lane: Lane,
  stack: Troubled,
  { turns, random, over }: { readonly turns: Record<string, number>; readonly random: () => number; readonly over: AbortSignal },
): Promise<void> {
  for (turns[lane.name] ??= 0; !over.aborted;) {
    await lane.turn(stack, random);
    turns[lane.name] = (turns[lane.name] ?? 0) + 1;
    await sleep(random() * 2 * lane.rest, undefined, { signal: over }).catch(() => {});
  }
}

/** Numbers from 0 up to 1, the same for the same seed (a linear congruential generator). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Vhosts that must be served all the time. */
export const HOSTS: readonly string[] = ['scaled.test', 'deployed.test', 'labelled.test', 'steady.test'];

/** The apps that things happen to, two tasks each. */
export function soakApps({ service }: Troubled['ports']): object[] {
  return HOSTS.map((host, at) => {
    const name = host.replace('.test', '');
    return app(`/${name}`, service[at] ?? 0, { HAPROXY_0_VHOST: host }, { instances: 2 });
  });
}

/** So many apps that only have to stay, three tasks each, on ports that nobody else has. */
export async function standingApps(count: number, next: PortBlock['next']): Promise<object[]> {
  const apps: object[] = [];
  for (let at = 0; at < count; at += 1) {
    const labels = { HAPROXY_0_BIND_ADDR: '127.0.0.1' };
    apps.push(app(`/standing-${at}`, await next(), labels, { instances: 3 }));
  }
  return apps;
}

/** What a cluster goes through in bad weeks, in minutes. */
export const LANES: readonly Lane[] = [
  {
    name: 'scaled',
    rest: 300,
    turn: async (stack, random) => {
      await write(stack, 'PUT', '/v2/apps/scaled', { instances: 2 + Math.floor(random() * 6) });
      await settled(stack, '/scaled');
    },
  },
  {
    name: 'deployed',
    rest: 1000,
    turn: async (stack) => {
      await write(stack, 'POST', '/v2/apps/deployed/restart');
      await settled(stack, '/deployed');
    },
  },
  {
    name: 'bad label',
    rest: 2000,
    turn: async (stack, random) => {
      await relabel(stack, BAD_LABELS[Math.floor(random() * BAD_LABELS.length)] ?? {});
      await sleep(random() * 500);
      await relabel(stack, {});
    },
  },
  {
    name: 'app created and deleted',
    rest: 3000,
    turn: async (stack) => {
      await write(stack, 'POST', '/v2/apps', app('/guest', stack.ports.service[10] ?? 0, { HAPROXY_0_VHOST: 'guest.test' }));
      await settled(stack, '/guest');
      await write(stack, 'DELETE', '/v2/apps/guest');
      await stack.eventually(() => {
        if (stack.sim.tasks('/guest').length > 0) throw new Error('/guest is still there');
      });
      await sleep(1500);
    },
  },
  {
    name: 'stream cut',
    rest: 3000,
    turn: async ({ sim }) => sim.closeStreams(),
  },
  {
    name: 'leader lost',
    rest: 8000,
    turn: async ({ sim }, random) => {
      const ms = 100 + random() * 300;
      sim.loseLeader({ ms });
      await sleep(ms);
    },
  },
];

/** Some that the program finds by itself, some that only HAProxy does. */
const BAD_LABELS: readonly Readonly<Record<string, string>>[] = [
  { HAPROXY_0_BALANCE: 'magic' },
  { HAPROXY_0_MODE: 'smtp' },
  { HAPROXY_0_BACKEND_HEAD: 'backend {backend}\n  no such keyword\n' },
  { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  acl x nosuchfetch\n' },
];

async function relabel(stack: Troubled, labels: Readonly<Record<string, string>>): Promise<void> {
  const all = { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'labelled.test', ...labels };
  await write(stack, 'PUT', '/v2/apps/labelled', { labels: all });
  await settled(stack, '/labelled');
}

/** Writes to Marathon, again and again while it has no leader. */
function write(stack: Troubled, method: string, path: string, body?: object): Promise<unknown> {
  return stack.eventually(() => stack.marathon(method, path, body));
}

/** Waits until no deployment of an app is under way. */
async function settled(stack: Troubled, id: string): Promise<void> {
  await stack.eventually(async () => {
    const { app } = (await stack.marathon('GET', `/v2/apps${id}`)) as { app: { deployments: readonly object[] } };
    if (app.deployments.length > 0) throw new Error(`${id} is still being deployed`);
  });
}
