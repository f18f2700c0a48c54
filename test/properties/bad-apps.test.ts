import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { outcomeOf } from '../support/rendering/golden.ts';
import { linesOfOthers, strangeSections } from '../support/rendering/lines-of-others.ts';

const others = [1, 2, 3].map((id) => ({
  id: `/other-${id}`,
  labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `other-${id}.example.com`, HAPROXY_0_PATH: `/${id}` },
  portDefinitions: [{ port: 10_000 + id }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }],
  versionInfo: { lastConfigChangeAt: '2020-01-01T00:00:00.000Z' },
  tasks: [{ id: `other.${id}`, host: `10.0.0.${id}`, ports: [31_000 + id], state: 'TASK_RUNNING' }],
}));

/** An app with something of everything, to be spoilt. */
const victim = {
  id: '/victim',
  instances: 2,
  labels: {
    HAPROXY_GROUP: 'external',
    HAPROXY_0_VHOST: 'victim.example.com,victim.example.org',
    HAPROXY_0_PATH: '/v',
    HAPROXY_0_AUTH: 'Realm:user:secret',
    HAPROXY_0_STICKY: 'true',
    HAPROXY_0_BACKEND_WEIGHT: '3',
    HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: '1',
    HAPROXY_0_BACKEND_HEAD: 'backend {backend}\n  mode {mode}\n',
    HAPROXY_0_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH: '  use_backend {backend} if TRUE\n',
    HAPROXY_1_PORT: '20001',
    HAPROXY_1_MODE: 'http',
  },
  container: { docker: { network: 'BRIDGE', portMappings: [{ containerPort: 80, servicePort: 20_000 }, { containerPort: 81 }] } },
  ipAddress: { discovery: { ports: [{ number: 8080 }] } },
  networks: [{ mode: 'container/bridge' }],
  portDefinitions: [{ port: 20_000 }, { port: 20_002 }],
  healthChecks: [{ protocol: 'HTTP', portIndex: 1, path: '/', intervalSeconds: 1, timeoutSeconds: 1, maxConsecutiveFailures: 1 }],
  versionInfo: { lastScalingAt: '2026-01-01T00:00:00.000Z', lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
  tasks: [
    { id: 'victim.1', host: '10.0.1.1', ports: [31_000, 31_001], state: 'TASK_RUNNING', healthCheckResults: [{ alive: true }] },
    { id: 'victim.2', host: '10.0.1.2', ports: [31_002, 31_003], ipAddresses: [{ ipAddress: '9.0.0.1' }] },
  ],
};

const PLAIN = { args: ['--group', '*'] };
const GROUPED = { args: ['--group', '*', '--group-https-by-vhost'] };

const expected = linesOfOthers(outcomeOf(others, PLAIN).document, () => false);
const grouped = linesOfOthers(outcomeOf(others, GROUPED).document, () => false);

/** What others notice of an app at a place among them. */
function effectOf(raw: unknown, at: number): unknown {
  const apps: readonly unknown[] = [...others.slice(0, at), raw, ...others.slice(at)];
  const { document, problems } = outcomeOf(apps, PLAIN);
  const id = (raw as { id?: unknown } | null)?.id;
  const name = typeof id === 'string' ? id : `number ${at + 1} of the answer`;
  // A vhost of its own brings lines that are nobody's.
  const lines = new Set(linesOfOthers(outcomeOf(apps, GROUPED).document, (app) => app === name));
  return {
    plain: linesOfOthers(document, (app) => app === name),
    lostWhenGrouped: grouped.filter((line) => !lines.has(line)),
    strangeSections: strangeSections(document),
    problemsOfOthers: problems.filter(({ app }) => app !== name),
    isNamed: typeof id === 'string' || problems.some(({ code }) => code === 'app-unreadable'),
  };
}

const NONE = { plain: expected, lostWhenGrouped: [], strangeSections: 0, problemsOfOthers: [], isNamed: true };

/** Every place in a JSON value, as a path. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [...(path.length > 0 ? [path] : []), ...below.flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((each: unknown, at) => (String(at) === key ? replaced(each, rest, by) : each));
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}

const place = fc.constantFrom(...placesIn(victim).filter(([key]) => key !== 'id'));
const spice = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\nfrontend b\n', '/\nbackend x', '\nno listen y'),
  fc.constantFrom(
    'backend x',
    '\n.if 0\n',
    'a\nfrontend b\n',
    '"',
    '\\',
    '{',
    '{backend}',
    '-1',
    '65536',
    '#',
    ' ',
    '\0',
    1e21,
    -0.5,
    70_000,
  ),
);

describe('an app that is not what it should be', () => {
  it('costs nobody else anything, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (raw, at) => {
        expect(effectOf(raw, at)).toEqual(NONE);
      }),
      { numRuns: 300 },
    );
  });

  it('costs nobody else anything, whatever one field or label of it is', () => {
    fc.assert(
      fc.property(place, spice, fc.nat(3), (path, by, at) => {
        expect(effectOf(replaced(victim, path, by), at)).toEqual(NONE);
      }),
      { numRuns: 1000 },
    );
  });

  it('serves beside the others while nothing is wrong', () => {
    const { document, problems } = outcomeOf([...others, victim], PLAIN);
    expect(linesOfOthers(document, (app) => app === '/victim')).toEqual(expected);
    expect(print(document)).toContain('backend victim_20000\n');
    expect(problems.filter(({ app }) => app !== '/victim')).toEqual([]);
  });
});
