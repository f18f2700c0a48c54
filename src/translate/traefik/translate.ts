/** Labels of Traefik 2's Marathon provider become ours. */
import type { AppPort, TraefikApp } from './apps.ts';
import { createDraft, type Draft, finish, lose, type Remark } from './draft.ts';
import { isTrue, ownName } from './go-values.ts';
import { type Options, type Sections, sortLabels } from './labels.ts';
import { type EntryPoints, type Middlewares, routersDraft } from './routers.ts';
import { applyHttpService, applyTcpService, portIndexOf } from './services.ts';
import { tcpDraft } from './tcp.ts';

export interface TranslateOptions {
  /** The group of the load balancers that are to serve the apps. */
  readonly group: string;
  readonly entryPoints: EntryPoints;
}

/** What the labels of an app become. */
export interface Translated {
  readonly id: string;
  /** Our labels by their whole name, without those that the app has already. */
  readonly labels: Readonly<Record<string, string>>;
  readonly remarks: readonly Remark[];
}

/** Translates the labels of apps; those without a label of Traefik's are left out. An app may use the middlewares of the others. */
export function translateTraefik(apps: readonly TraefikApp[], options: TranslateOptions): readonly Translated[] {
  const sorted = apps.map((app) => ({ app, found: sortLabels(app.labels) }));
  const middlewaresOf = (protocol: 'http' | 'tcp'): Middlewares =>
    new Map(sorted.flatMap(({ found }) => [...found[protocol].middlewares]));
  const shared = { http: middlewaresOf('http'), tcp: middlewaresOf('tcp') };
  return sorted.flatMap(({ app, found }) =>
    Object.keys(app.labels).some((label) => /^traefik\./i.test(label)) ? [translateApp(app, found, shared, options)] : [],
  );
}

function translateApp(
  { id, labels: before, ports }: TraefikApp,
  { http, tcp, others }: ReturnType<typeof sortLabels>,
  shared: { readonly http: Middlewares; readonly tcp: Middlewares },
  options: TranslateOptions,
): Translated {
  const ofApp = createDraft();
  const found = new Map<string, string>();
  if (isDisabled(others)) {
    for (const index of ports.keys()) found.set(`HAPROXY_${index}_ENABLED`, 'false');
    return { id, labels: withoutThose(found, before, ofApp), remarks: ofApp.remarks };
  }
  for (const [label] of others) {
    if (!/^traefik\.enable$/i.test(label)) lose(ofApp, label, otherReason(label));
  }
  const drafts = [
    ...drafted(http, ports, ofApp, (routers) => routersDraft(routers, shared.http, options.entryPoints), applyHttpService),
    ...drafted(tcp, ports, ofApp, (routers) => tcpDraft(routers, shared.tcp, options.entryPoints), applyTcpService),
  ];
  const served = new Set<number>();
  if (http.routers.size + tcp.routers.size === 0 && others.length < Object.keys(before).length && !isOnlyShared(http, tcp)) {
    lose(ofApp, 'traefik.http.routers', 'there is no router: its rule comes from the options of Traefik (defaultRule)');
  }
  const remarks: Remark[] = [];
  for (const { index, draft } of drafts) {
    const labels = finish(draft);
    remarks.push(...draft.remarks);
    if (labels.size === 0) continue;
    if (served.has(index)) {
      // Labels for TCP come last.
      remarks.push({ kind: 'lost', label: draft.values.get('MODE')?.from ?? 'traefik.tcp', why: BOTH });
      continue;
    }
    served.add(index);
    for (const [name, value] of labels) found.set(`HAPROXY_${index}_${name}`, value);
  }
  const isGrouped = Object.keys(before).some((label) => /^HAPROXY_(?:\d+_)?GROUP$/.test(label));
  const grouped = new Map(found.size === 0 || isGrouped ? [] : [['HAPROXY_GROUP', options.group]]);
  // In a group, each port of the app is served: also those that no router leads to.
  const off = grouped.size === 0 ? [] : [...ports.keys()].filter((index) => !served.has(index));
  const all = new Map([...grouped, ...found, ...off.map((index) => [`HAPROXY_${index}_ENABLED`, 'false'] as const)]);
  return { id, labels: withoutThose(all, before, ofApp), remarks: [...ofApp.remarks, ...remarks] };
}

/** An app may have middlewares for others only. */
function isOnlyShared(http: Sections, tcp: Sections): boolean {
  return http.services.size + tcp.services.size === 0 && http.middlewares.size + tcp.middlewares.size > 0;
}

function isDisabled(others: readonly (readonly [label: string, value: string])[]): boolean {
  return others.some(([label, value]) => label.toLowerCase() === 'traefik.enable' && !isTrue(value));
}

function otherReason(label: string): string {
  if (/^traefik\.udp\./i.test(label)) return 'HAProxy does not balance UDP';
  if (/^traefik\.tls\./i.test(label)) return 'certificates are given to the load balancer (--ssl-certs)';
  if (/^traefik\.tags$/i.test(label)) return 'HAPROXY_GROUP says which load balancers serve an app';
  if (/^traefik\.marathon\./i.test(label)) return 'a task has one address, the first one';
  return 'it is no label of Traefik 2';
}

/** The labels that the app has already stay as they are, unless that would open what is to be off. */
function withoutThose(
  found: ReadonlyMap<string, string>,
  before: Readonly<Record<string, string>>,
  draft: Draft,
): Readonly<Record<string, string>> {
  const kept = [...found].filter(([label, value]) => {
    const own = before[label];
    if (own === undefined || own === value) return own === undefined;
    if (label.endsWith('_ENABLED')) return true;
    lose(draft, label, `the app has this label already, it would become ${JSON.stringify(value)}`);
    return false;
  });
  return Object.fromEntries(kept);
}

interface PortDraft {
  readonly index: number;
  readonly draft: Draft;
}

/** Translates the routers of one protocol, by the service port that they lead to. */
function drafted(
  { routers, services }: Sections,
  ports: readonly AppPort[],
  ofApp: Draft,
  draftOf: (routers: readonly Options[]) => Draft,
  applyService: (service: Options, draft: Draft) => void,
): readonly PortDraft[] {
  const places = new Map([...services].map(([name, service]) => [name, portIndexOf(service, ports)]));
  const byPort = new Map<number, { readonly routers: Options[]; readonly services: Set<string> }>();
  for (const router of routers.values()) {
    const given = router.take('service');
    const name = given === undefined ? (services.size === 1 ? [...services.keys()][0] : undefined) : ownName(given);
    const place = name === undefined ? (services.size === 0 ? portIndexOf(undefined, ports) : AMBIGUOUS) : places.get(name);
    if (typeof place !== 'number') {
      lose(ofApp, router.label('service'), place?.fault ?? `the service ${name} is not in the labels of the app`);
      continue;
    }
    const group = byPort.get(place) ?? { routers: [], services: new Set() };
    group.routers.push(router);
    if (name !== undefined) group.services.add(name);
    byPort.set(place, group);
  }
  return [...byPort].map(([index, group]) => {
    const draft = draftOf(group.routers);
    // Without a way to it, the other labels of a service port say nothing.
    if (draft.values.size === 0) return { index, draft };
    for (const name of group.services) {
      const service = services.get(name);
      if (service) applyService(service, draft);
    }
    return { index, draft };
  });
}

const BOTH = 'a service port has one mode, http or tcp, and a router for HTTP leads to it already';

const AMBIGUOUS = { fault: 'the app has several services, and the router names none' };
