import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

/** What a side checks by its own definition; `port` undefined: the task's own. */
interface Check {
  readonly protocol: 'HTTP' | 'TCP';
  readonly path?: string;
  readonly port?: number;
}

interface Definition {
  readonly check: Check | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly group: string;
  /** Of each task, whether Marathon found it healthy by this definition. */
  readonly healthy: readonly boolean[];
  readonly scaled: number;
}

const check = fc.oneof(
  fc.record(
    {
      protocol: fc.constant('HTTP' as const),
      path: fc.constantFrom('/', '/a', '/b?x=1', '/odd%20path', '/c,d'),
      port: fc.constant(81),
    },
    { requiredKeys: ['protocol', 'path'] },
  ),
  fc.record({ protocol: fc.constant('TCP' as const), port: fc.constant(82) }, { requiredKeys: ['protocol'] }),
);

const labels = fc.record(
  {
    HAPROXY_0_MODE: fc.constantFrom('http', 'tcp'),
    HAPROXY_0_VHOST: fc.constantFrom('a.test', 'b.test,c.test'),
    HAPROXY_0_BALANCE: fc.constantFrom('leastconn', 'source'),
    HAPROXY_0_STICKY: fc.constantFrom('true', 'false'),
    HAPROXY_0_BACKEND_HTTP_HEALTHCHECK_OPTIONS: fc.constantFrom(
      '  option httpchk HEAD {healthCheckPath}\n',
      '  option httpchk\n  http-check send meth GET uri {healthCheckPath} ver HTTP/1.1 hdr Host a.test\n  http-check expect status 200\n',
      '  option httpchk GET {healthCheckPath}\n  http-check connect\n  http-check send uri {healthCheckPath}\n',
    ),
    HAPROXY_0_BACKEND_SERVER_OPTIONS: fc.constant(
      '  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}{healthCheckOptions} maxconn 9{otherOptions}\n',
    ),
  },
  { requiredKeys: [] },
);

const definition: fc.Arbitrary<Definition> = fc.record({
  check: fc.option(check, { nil: undefined }),
  labels,
  group: fc.constantFrom('external', 'external', 'external,internal', 'internal'),
  healthy: fc.array(fc.boolean(), { maxLength: 4 }),
  scaled: fc.nat({ max: 9 }),
});

const isServed = ({ group }: Definition): boolean => group.split(',').includes('external');

function side(colour: 'blue' | 'green', { check: own, labels, group, healthy, scaled }: Definition): object {
  return {
    id: `/x-${colour}`,
    instances: healthy.length,
    portDefinitions: [{ port: 10_000 }],
    versionInfo: { lastScalingAt: `2026-03-01T00:00:0${scaled}.000Z`, lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
    labels: {
      HAPROXY_GROUP: group,
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00' : '2026-02-01T00:00:00',
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '3',
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
      ...labels,
    },
    healthChecks: own === undefined ? [] : [{ portIndex: own.port === undefined ? 0 : undefined, ...own }],
    tasks: healthy.map((alive, at) => ({
      id: `${colour}.${at}`,
      host: colour === 'blue' ? '10.0.0.1' : '10.0.0.2',
      ports: [31_000 + at],
      state: 'TASK_RUNNING',
      healthCheckResults: own === undefined ? undefined : [{ alive }],
    })),
  };
}

/** The backend and what HAProxy would ask a server of it. */
function backendOf(blue: Definition, green: Definition, args: readonly string[]) {
  const { document } = outcomeOf([side('blue', blue), side('green', green)], { args: ['--group', 'external', ...args] });
  const section = document.sections.find(({ kind, name }) => kind === 'backend' && name === 'x_10000');
  const options = section?.blocks.map(({ text }) => text).join('') ?? '';
  const rules = [...options.matchAll(/set-var\(check\.path\) '\S+,regsub\("(.+)",(\S+)\)'/g)];
  const given = /option httpchk \S+ (.+)/.exec(options)?.[1] ?? / uri (\S+)/.exec(options)?.[1];
  return {
    text: print({ sections: document.sections.map((each) => ({ ...each, servers: [] })), files: [] }).replaceAll(
      /^ {2}http-check (set-var|send uri-lf).*\n/gm,
      '',
    ),
    /** `path` undefined: that it takes connections. */
    find(task: string) {
      const line = section?.servers?.find(({ taskId }) => taskId === task);
      if (line === undefined) return undefined;
      const path = rules.reduce((name, [, from = '', to = '']) => name.replace(new RegExp(from), () => to), line.name);
      return {
        isDisabled: / disabled$/m.test(line.text),
        isChecked: / check\b/.test(line.text),
        port: / port (\d+)/.exec(line.text)?.[1],
        path: options.includes('option httpchk') ? (rules.length > 0 ? path : given) : undefined,
      };
    },
  };
}

const ARGS = [[], ['--health-check']];

type Backend = ReturnType<typeof backendOf>;

/** What is wrong with how the backend has this task; undefined: nothing. */
function faultOf(backend: Backend, task: string, own: Definition, isHealthy: boolean): string | undefined {
  const server = backend.find(task);
  if (!isServed(own)) return server && `${task} is served, but its app is of another group`;
  if (!isHealthy) return undefined;
  if (server === undefined) return `${task} is not there`;
  if (server.isDisabled || !server.isChecked) return undefined;
  // What the task is known to pass: connections at its ports, and requests for the path of its own check.
  if (server.port !== undefined && server.port !== own.check?.port?.toString())
    return `${task} is checked at port ${server.port}`;
  const isOwnPath = own.check?.protocol === 'HTTP' && own.check.path === server.path;
  return server.path === undefined || isOwnPath ? undefined : `${task} is checked on ${server.path}`;
}

function faultsOf(backend: Backend, colour: 'blue' | 'green', own: Definition): readonly string[] {
  return own.healthy.flatMap((alive, at) => faultOf(backend, `${colour}.${at}`, own, own.check === undefined || alive) ?? []);
}

describe('two apps of a group that differ in what serves', () => {
  it('keep every task in service that is healthy by its own definition, unless it drains', () => {
    fc.assert(
      fc.property(definition, definition, fc.constantFrom(...ARGS), (blue, green, args) => {
        const backend = backendOf(blue, green, args);
        expect([...faultsOf(backend, 'blue', blue), ...faultsOf(backend, 'green', green)]).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('are defined by the one that was deployed first, whichever was scaled last', () => {
    fc.assert(
      fc.property(definition, definition, fc.nat({ max: 9 }), fc.nat({ max: 9 }), (blue, green, one, other) => {
        const { text } = backendOf(blue, green, []);
        expect(backendOf({ ...blue, scaled: one }, { ...green, scaled: other }, []).text).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
