import { describe, expect, test } from 'vitest';
import { startTraffic } from '../support/program/balancer-pair.ts';
import { type Deploys, events, healthCheck, type Told, useDeploys } from '../support/deploy/deploys.ts';

interface Difference {
  readonly old?: Readonly<Record<string, unknown>>;
  readonly fresh?: Readonly<Record<string, unknown>>;
  /** Labels of the old version, and what the new one has otherwise. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly freshLabels?: Readonly<Record<string, string>>;
  /** What `zdd` says before it creates anything. */
  readonly named: RegExp;
  /** Clients of the old version cannot be served once it is deleted, which `zdd` says. */
  readonly isLostInTheEnd?: true;
  /** The service port is asked, not the virtual host. */
  readonly byPort?: true;
}

const SERVER =
  '  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}{healthCheckOptions} maxconn 200{otherOptions}\n';

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  check: {
    old: { env: { SIM_STOP_MS: '50', SIM_404: '/ready' } },
    fresh: { healthChecks: [healthCheck('/ready')], env: { SIM_STOP_MS: '50', SIM_404: '/health' } },
    named: /health check of service 0 \(HTTP \/health, port index 0 → HTTP \/ready/,
  },
  group: { freshLabels: { HAPROXY_GROUP: 'internal,external' }, named: /HAPROXY_GROUP \(external → internal,external\)/ },
  host: {
    freshLabels: { HAPROXY_0_VHOST: 'new.test' },
    named: /HAPROXY_0_VHOST \(host\.test → new\.test\)/,
    isLostInTheEnd: true,
  },
  path: { freshLabels: { HAPROXY_0_PATH: '/new' }, named: /HAPROXY_0_PATH \(not set → \/new\)/, isLostInTheEnd: true },
  mode: {
    labels: { HAPROXY_0_VHOST: '', HAPROXY_0_MODE: 'http' },
    fresh: { healthChecks: [{ ...healthCheck('/'), protocol: 'TCP', path: undefined }] },
    freshLabels: { HAPROXY_0_MODE: 'tcp' },
    named: /HAPROXY_0_MODE \(http → tcp\)/,
    byPort: true,
  },
  options: {
    freshLabels: { HAPROXY_0_BALANCE: 'leastconn', HAPROXY_0_BACKEND_SERVER_OPTIONS: SERVER },
    named: /HAPROXY_0_BALANCE \(not set → leastconn\)/,
  },
};

interface Versions {
  readonly old: Readonly<Record<string, unknown>>;
  readonly fresh: Readonly<Record<string, unknown>>;
}

function versionsOf(name: string, difference: Difference, { definition }: Deploys): Versions {
  const plain = definition(name, difference.old) as { readonly labels: Readonly<Record<string, string>> };
  const old = { ...plain, labels: { ...plain.labels, ...difference.labels } };
  return { old, fresh: { ...old, ...difference.fresh, labels: { ...old.labels, ...difference.freshLabels } } };
}

/** Kills a deploy after so many of its changes. */
async function killedAfter({ pair }: Deploys, count: number, fresh: object): Promise<Told[]> {
  const program = await pair.zdd(fresh);
  await program.until(new RegExp(`(?:"type":"(?:write|create)"[^]*){${count}}`));
  program.kill('SIGKILL');
  await program.ended;
  return events(program.text());
}

/** A new version that answers slowly is taken back. */
async function turnedBack({ pair }: Deploys, { fresh }: Versions): Promise<void> {
  const slow = { ...fresh, env: { ...(fresh['env'] as object), SIM_DELAY_MS: '700' } };
  const watch = ['--canary-steps', '25', '--canary-wait', '60', '--canary-min-requests', '10'];
  const { status, out } = await (await pair.zdd(slow, [...watch, '--max-wait', '60'])).ended;
  const told = events(out);
  // The last of what it did is shown if it fails.
  expect({ status, last: told.slice(-3) }).toMatchObject({ status: 10 });
  expect(told.find(({ type }) => type === 'turned-back')?.why).toContain('the new tasks answer in');
}

/** When the old version is deleted: the look before it. */
function endOf(told: readonly Told[]): string {
  return told.findLast(({ type, step }) => type === 'look' && step?.kind === 'delete')?.at ?? '';
}

describe('versions that differ in what serves, side by side: no request fails', { timeout: 170_000 }, () => {
  const deploys = useDeploys();

  test.concurrent.each(Object.entries(DIFFERENCES))('%s', async (name, difference) => {
    const { pair, run, sides } = deploys();
    const versions = versionsOf(name, difference, deploys());
    const { old, fresh } = versions;
    await run(old);
    const [{ port }] = old['portDefinitions'] as [{ port: number }];
    const traffic = startTraffic(pair, `${name}.test`, { pause: 80, port: difference.byPort && port });
    let end = '';
    try {
      // A rollback from each step.
      for (const count of [1, 2, 3]) {
        const told = await killedAfter(deploys(), count, fresh);
        const at = (type: string): number => told.findIndex((event) => event.type === type);
        const said = told[at('differences')]?.why;
        expect(said).toMatch(difference.named);
        expect(said?.includes('are not served any more in the end')).toBe(/GROUP|VHOST|PATH|MODE/.test(String(difference.named)));
        expect(at('differences')).toBeLessThan(at('create'));
        await run(fresh, '--rollback');
        expect(await sides(name)).toEqual(['blue 4']);
      }
      await turnedBack(deploys(), versions);
      expect(await sides(name)).toEqual(['blue 4']);
      // Forward, killed in the middle and resumed.
      await killedAfter(deploys(), 3, fresh);
      end = endOf(await run(fresh, '--resume'));
      expect(await sides(name)).toEqual(['green 4']);
    } finally {
      const { failures, count } = await traffic.stop();
      const isPossible = (failure: string): boolean => difference.isLostInTheEnd === undefined || end === '' || failure < end;
      expect(failures.filter(isPossible)).toEqual([]);
      expect(count).toBeGreaterThan(200);
    }
  });
});
