/** Apps that have to be served whatever is wrong with another one, and everything that a pass does with them but for HAProxy. */
import { readFileSync } from 'node:fs';
import { decide, type Decision, NO_PAST, type Past } from '../../../src/engine/pass/decide.ts';
import { silent } from '../../../src/log/logger.ts';
import { APP_ID } from '../../../src/model/app-id.ts';
import { createAppReader } from '../../../src/sources/marathon/apps/app-reader.ts';
import type { Source } from '../../../src/sources/source.ts';
import { MarathonError } from '../../../src/sources/marathon/error.ts';
import type { Service } from '../../../src/model/service.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { type ConfigDocument, print } from '../../../src/render/document.ts';
import { createLibrary } from '../../../src/render/templates/library.ts';
import { printFile } from '../../../src/render/files/kinds.ts';
import { render } from '../../../src/render/render.ts';
import { goldenCases, readCase, settingsOf } from '../rendering/golden.ts';
import { linesOfOthers, strangeSections } from '../rendering/lines-of-others.ts';

/** With hosts, ports and ids that no other app has. */
export const others: readonly object[] = [
  { portDefinitions: [{ port: 19_001 }], healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }] },
  {
    networks: [{ mode: 'container/bridge' }],
    container: { docker: { image: 'x' }, portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 19_002 }] },
  },
  { ports: [19_003], labels: { HAPROXY_0_STICKY: 'true', HAPROXY_0_AUTH: 'realm:user:$5$salt$hash' } },
].map(({ labels, ...app }: { labels?: object }, at) => ({
  id: `/fuzz/other-${at}`,
  instances: 1,
  labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `other-${at}.fuzz.test`, HAPROXY_0_PATH: '/o', ...labels },
  ...app,
  versionInfo: { lastScalingAt: '2020-01-01T00:00:00.000Z', lastConfigChangeAt: '2020-01-01T00:00:00.000Z' },
  tasks: [{ id: `fuzz_other-${at}.1`, host: 'agent.fuzz.test', ports: [31_000 + at], healthCheckResults: [{ alive: true }] }],
}));

function isOther(app: string): boolean {
  return app.startsWith('/fuzz/other-');
}

interface RawApp {
  readonly id: string;
  readonly labels?: Readonly<Record<string, unknown>> | null;
}

/** An app that is served, with little that is not read. */
export const fullApp = {
  id: '/victim',
  instances: 1,
  labels: {
    HAPROXY_GROUP: 'external',
    HAPROXY_0_VHOST: 'victim.test,www.victim.test',
    HAPROXY_0_PATH: '/v',
    HAPROXY_0_STICKY: 'true',
    HAPROXY_0_AUTH: 'realm:user:$5$salt$hash',
    HAPROXY_0_BACKEND_WEIGHT: '3',
    HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: '0',
    HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option forwardfor\n',
    HAPROXY_0_TIMEOUT_SERVER: '5m',
  },
  portDefinitions: [{ port: 18_001, protocol: 'tcp', name: 'web' }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0, intervalSeconds: 1 }],
  version: '2026-01-01T00:00:00.000Z',
  versionInfo: { lastScalingAt: '2026-01-01T00:00:00.000Z', lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
  tasks: [{ id: 'victim.1', host: '10.0.0.9', ports: [31_900], state: 'TASK_RUNNING', healthCheckResults: [{ alive: true }] }],
};

/** Apps of all dialects and with all labels. */
export const victims: readonly RawApp[] = [
  ...goldenCases().flatMap((name) => readCase(name).apps),
  ...['1.11', '1.4', '0.8'].flatMap((dialect) => fixture(`canon-${dialect}-apps-embed-tasks.json`).apps as readonly unknown[]),
].filter(
  (app): app is RawApp =>
    typeof app === 'object' && app !== null && 'id' in app && typeof app.id === 'string' && 'tasks' in app && APP_ID.test(app.id),
);

/** What was recorded of a Marathon. */
export function fixture(name: string): { readonly apps?: unknown } {
  return JSON.parse(fixtureText(name)) as { readonly apps?: unknown };
}

export function fixtureText(name: string): string {
  return readFileSync(new URL(`../../fixtures/marathon/${name}`, import.meta.url), 'utf8');
}

/** Ways to run the program in which apps share lines, files and frontends in different ways. */
export const WAYS = ['plain', 'grouped', 'maps'] as const;
export type Way = (typeof WAYS)[number];

const ASSIGNED = ['--min-serv-port-ip-per-task', '15000', '--max-serv-port-ip-per-task', '15100'];

const ARGS: Readonly<Record<Way, readonly string[]>> = {
  plain: ['--group', '*', '--auth-scope', 'all', '--health-check'],
  grouped: ['--group', '*', '--auth-scope', 'all', '--group-https-by-vhost', '--label-policy', 'safe'],
  maps: ['--group', '*', '--auth-scope', 'all', '--haproxy-map', ...ASSIGNED],
};

const settings = eachWay((way) => {
  const own = settingsOf({ args: ARGS[way] });
  return { ...own, library: createLibrary(own.render) };
});

export function modelSettings(way: Way) {
  return settings[way].model;
}

export function renderOn(services: readonly Service[], way: Way): ConfigDocument {
  return render(services, settings[way].render, settings[way].library).document;
}

/** Decides as a pass does. */
export function decideOn(snapshot: Snapshot, way: Way, past: Partial<Past> = {}): Decision {
  const own = settings[way];
  return decide(snapshot, { ...NO_PAST, ...past }, { model: own.model, render: (some) => render(some, own.render, own.library) });
}

/** What the others have of a decision. */
export function effectOnOthers({ document, problems }: Decision, way: Way): object {
  const expected = expectedLines[way];
  const lines = withoutPassthrough(linesOfOthers(document, (app) => !isOther(app)));
  // The rule that looks up a map is that of any app.
  const all = print(document).split('\n');
  const has = new Set([...all, ...withoutPassthrough(all)]);
  const entries = new Set(document.files.flatMap((file) => printFile(file).split('\n')));
  return {
    // Hosts that are grouped, and the map's own rules, bring lines that are of no app.
    lines: way === 'plain' ? lines : undefined,
    lost: expected.lines.filter((line) => !has.has(line)),
    lostEntries: expected.entries.filter((line) => !entries.has(line)),
    strangeSections: strangeSections(document),
    problems: problems.filter((problem) => isOther(problem.app)),
  };
}

/** Returns lines without those that one app with TLS_PASSTHROUGH brings for all: the frontend in front, and answers for its hosts. */
function withoutPassthrough(lines: readonly string[]): readonly string[] {
  const begin = lines.indexOf('frontend marathon_tls_in');
  if (begin === -1) return lines;
  const end = lines.indexOf('frontend marathon_https_in');
  return [...lines.slice(0, begin), ...lines.slice(end)]
    .filter(
      (line) => !/^ {2}(?:acl marathon_lb_terminated_|http-request return status (?:421|503) default-errorfiles if )/.test(line),
    )
    .map((line) => line.replace('bind abns@marathon_https_in_443 accept-proxy', 'bind *:443'));
}

/** What `effectOnOthers` returns if another app costs them nothing. */
export function noEffect(way: Way): object {
  const lines = way === 'plain' ? expectedLines[way].lines : undefined;
  return { lines, lost: [], lostEntries: [], strangeSections: 0, problems: [] };
}

/** Marathon's answers as texts: of all apps, and of one. `cut`: characters in a piece of the first. */
export interface Answers {
  readonly all: string;
  readonly one?: string;
  readonly cut?: number;
}

/** A source that reads what `answers` returns at that time. */
export function sourceOf(answers: () => Answers): Pick<Source, 'read'> {
  const client: Parameters<typeof createAppReader>[0] = {
    // oxlint-disable-next-line require-await -- so that what is thrown is a rejection
    getJson: async (path) => {
      const { one } = answers();
      if (one === undefined || path.includes('/versions/')) throw new MarathonError('not-found', 'there is no such app');
      return JSON.parse(one) as unknown;
    },
    // oxlint-disable-next-line require-await
    collect: async (_, collector) => {
      const { all, cut = Infinity } = answers();
      const { push, end } = collector();
      for (let at = 0; at < all.length; at += cut) push(all.slice(at, at + cut));
      return end();
    },
  };
  return createAppReader(client, { frameworkName: undefined, lruCacheCapacity: 1000 }, { log: silent, lookup });
}

// oxlint-disable-next-line require-await -- so that what is thrown is a rejection
async function lookup(host: string): Promise<string> {
  if (host.startsWith('nowhere')) throw new Error('ENOTFOUND');
  return '10.1.2.3';
}

/** The answer to `GET /v2/apps` with these apps, given as JSON. */
export function allApps(apps: readonly string[]): string {
  return `{"apps":[${apps.join(',')}]}`;
}

export const otherTexts: readonly string[] = others.map((app) => JSON.stringify(app));

/** The snapshot with nothing but the others. */
export const quiet: Snapshot = await sourceOf(() => ({ all: allApps(otherTexts) })).read('all', new AbortController().signal);

/** What is decided on it. */
export const decided = eachWay((way) => decideOn(quiet, way));

const expectedLines = eachWay((way) => {
  const { document } = decided[way];
  return { lines: linesOfOthers(document, () => false), entries: document.files.flatMap((file) => printFile(file).split('\n')) };
});

function eachWay<T>(make: (way: Way) => T): Readonly<Record<Way, T>> {
  return { plain: make('plain'), grouped: make('grouped'), maps: make('maps') };
}
