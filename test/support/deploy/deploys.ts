import { afterAll, beforeAll, expect } from 'vitest';
import { type Pair, startPair, startTraffic } from '../program/balancer-pair.ts';
import { PATIENCE } from '../program/program.ts';

/** What `--output json` told. */
export interface Told {
  readonly type: string;
  readonly at?: string;
  readonly step?: { readonly kind: string };
  readonly why?: string;
}

/** Deploys on a pair of load balancers. */
export interface Deploys {
  readonly pair: Pair;
  /** An app of four with health checks; each call takes two service ports. */
  readonly definition: (name: string, more?: object) => object;
  /** Deploys, and expects that it is done. */
  readonly run: (app: object, ...args: string[]) => Promise<Told[]>;
  /** What runs, when Marathon has done what it was told: a deleted app is gone before its tasks are. */
  readonly sides: (name: string) => Promise<string[]>;
  /** Steady requests while `work` is done; none may fail but those that `allowed` knows. */
  readonly underTraffic: (host: string, work: () => Promise<void>, allowed?: RegExp) => Promise<void>;
}

/** A pair for the tests of a `describe`: those of two that are concurrent run side by side, each with its own. */
export function useDeploys(): () => Deploys {
  let deploys: Deploys | undefined;
  beforeAll(async () => {
    deploys = createDeploys(await startPair());
  }, 60_000);
  afterAll(() => deploys?.pair[Symbol.asyncDispose]());
  return () => deploys as Deploys;
}

function createDeploys(pair: Pair): Deploys {
  let port = 0;
  const running = (name: string): string[] =>
    ['blue', 'green'].flatMap((colour) => {
      const count = pair.first.sim.tasks(`/${name}-${colour}`).filter(({ state }) => state === 'TASK_RUNNING').length;
      return count === 0 ? [] : `${colour} ${count}`;
    });
  return {
    pair,
    definition(name, more = {}) {
      const { service } = pair.first.ports;
      const [own, alt] = [service[port++] ?? 0, service[port++] ?? 0];
      return {
        id: `/${name}`,
        instances: 4,
        portDefinitions: [{ port: own }],
        labels: {
          HAPROXY_GROUP: 'external',
          HAPROXY_0_VHOST: `${name}.test`,
          HAPROXY_DEPLOYMENT_GROUP: name,
          HAPROXY_DEPLOYMENT_ALT_PORT: String(alt),
        },
        healthChecks: [healthCheck('/health')],
        env: { SIM_STOP_MS: '50' },
        ...more,
      };
    },
    async run(app, ...args) {
      const program = await pair.zdd(app, args);
      const { status, out, err } = await program.ended;
      expect(status, `${out.split('\n').slice(-4).join('\n')}\n${err.slice(-2000)}`).toBe(0);
      return events(out);
    },
    async sides(name) {
      await pair.first.sim.idle(AbortSignal.timeout(PATIENCE));
      return running(name);
    },
    async underTraffic(host, work, allowed) {
      const traffic = startTraffic(pair, host);
      try {
        await work();
      } finally {
        const { failures, count } = await traffic.stop();
        expect(failures.filter((failure) => !allowed?.test(failure))).toEqual([]);
        expect(count).toBeGreaterThan(10);
      }
    },
  };
}

/** A busy machine is not to be taken for a failing task. */
export function healthCheck(path: string): object {
  return { protocol: 'HTTP', path, portIndex: 0, gracePeriodSeconds: 5, intervalSeconds: 2, timeoutSeconds: 60 };
}

/** The kinds of the changes, in order. */
export function writes(told: readonly Told[]): (string | undefined)[] {
  return told.flatMap(({ type, step }) => (type === 'write' ? step?.kind : []));
}

export function events(text: string): Told[] {
  return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Told] : []));
}
