/** Apps with labels of Traefik, and what becomes of them. */
import { expect } from 'vitest';
import { build } from '../../../src/model/build.ts';
import { DEFAULT_LIMITS } from '../../../src/model/values/limits.ts';
import { workload } from '../workload.ts';
import { appsIn } from '../../../src/translate/traefik/apps.ts';
import { translateTraefik, type Translated } from '../../../src/translate/traefik/translate.ts';

export type Labels = Readonly<Record<string, string>>;

/** Of a password. */
export const HASH = '$5$abc$oIV8wJsTBTAXFKMjfX0RdvkhrFjH/EAB5VrpF0cHyq1';

export const entryPoints = { http: new Set(['web', 'http']), https: new Set(['websecure', 'https']) };

/** Translates an app with two ports; labels are without `traefik.`. What is printed is read by the model without a problem or a note. */
export function translated(labels: Labels, own: Labels = {}): Translated {
  const all = Object.fromEntries(Object.entries(labels).map(([label, value]) => [`traefik.${label}`, value]));
  const portDefinitions = [
    { port: 10001, name: 'web' },
    { port: 10002, name: 'admin' },
  ];
  const apps = appsIn({ id: '/shop', labels: { ...all, ...own }, portDefinitions }) ?? [];
  const [only] = translateTraefik(apps, { group: 'external', entryPoints });
  if (only === undefined) throw new Error('nothing was translated');
  expectRead(only);
  return only;
}

function expectRead({ id, labels }: Translated): void {
  const host = '10.0.0.1';
  const app = workload({
    id,
    labels,
    servicePorts: [10001, 10002],
    taskPorts: [],
    tasks: [{ id: 'shop.1', host, ports: [31001, 31002] }],
  });
  const snapshot = { workloads: [app], addresses: new Map(), health: new Map(), rejected: [] };
  const limits = { ...DEFAULT_LIMITS, authHosts: ['auth.test:80', 'auth.example.com:80'] };
  const { problems } = build(snapshot, { groups: ['*'], strictMode: false, healthCheck: false, limits });
  expect(problems).toEqual([]);
}

/** The outcome of a middleware of one router. */
export function on(middleware: string, options: Labels, rule = 'Host(`a.test`)'): Translated {
  const own = Object.entries(options).map(([name, value]) => [`http.middlewares.m.${middleware}${name}`, value]);
  return translated({ 'http.routers.r.rule': rule, 'http.routers.r.middlewares': 'm', ...Object.fromEntries(own) });
}

/** Returns the labels of the first port without `HAPROXY_0_`, and without those that each app here has. */
export function ours({ labels }: Translated): Labels {
  const own = Object.entries(labels).filter(([label, value]) => label.startsWith('HAPROXY_0_') && value !== 'a.test');
  return Object.fromEntries(own.map(([label, value]) => [label.replace('HAPROXY_0_', ''), value]));
}

/** Returns the remarks, a line each. */
export function told({ remarks }: Translated): readonly string[] {
  return remarks.map(({ kind, label, why, guards }) => `${guards ? 'guard ' : ''}${kind} ${label}: ${why}`);
}
