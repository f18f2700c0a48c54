import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import { areIdentical, isSameMap } from '../lib/deep-equal.ts';
import { checkClients } from '../model/certificates/client-checks.ts';
import type { TlsHosts } from '../model/certificates/host-tls.ts';
import { limitCaches } from '../model/caches.ts';
import { separatePassthrough } from '../model/passthrough.ts';
import { linkCanaries } from '../model/canaries.ts';
import { withDefaultApp } from '../model/default-app.ts';
import { isCheckedByLabels } from '../model/labels/rows/health.ts';
import { hasLabelCookie } from '../model/labels/rows/stickiness.ts';
import type { Service } from '../model/service.ts';
import { isSameWithoutServers } from '../model/conflicts/resolve.ts';
import type { ConfigDocument, Section } from './document.ts';
import { aclSuffixes } from './frontends/acl-names.ts';
import { type ServiceWithoutServers, type Fragment, type Part, renderService } from './fragment.ts';
import type { Library } from './templates/library.ts';
import type { RuleContext } from './frontends/rules.ts';
import { checkingFrontends } from './tls/checking-frontends.ts';
import { reuseShared, type Shared, sharedSections } from './frontends/shared.ts';

export interface Rendered {
  readonly document: ConfigDocument;
  /** Of labels that make templates: those that cannot be filled, and notes on translated words; of canaries without requests, of services without the cache that they want, and of a default app that is not served. */
  readonly problems: readonly Problem[];
  /** What labels choose for hosts, which their entries in the list of certificates say. */
  readonly tlsHosts: TlsHosts;
}

/** What a rendering keeps for the next one with the same settings and library. */
export interface RenderMemo {
  /** What a service came to, by the very object. */
  readonly services: WeakMap<Service, Kept>;
  /** The same by the backend's name, so that what a change of the service leaves alone stays the same object. */
  readonly byBackend: Map<string, Kept>;
  /** Of the last few renderings, the newest first: those with and without what HAProxy refused take turns. */
  shared: readonly KeptShared[];
  last: Last | undefined;
}

interface KeptShared {
  readonly head: string;
  readonly fragments: readonly Fragment[];
  readonly tlsHosts: TlsHosts;
  readonly shared: Shared;
}

interface Kept {
  /** The same object while only tasks change. */
  readonly definition: ServiceWithoutServers;
  part: Part | undefined;
}

interface Last extends Put {
  readonly services: readonly Service[];
  readonly kept: readonly Kept[];
  readonly definitions: readonly ServiceWithoutServers[];
  readonly suffixes: ReadonlyMap<ServiceWithoutServers, string>;
  readonly parts: readonly Part[];
}

export function createRenderMemo(): RenderMemo {
  return { services: new WeakMap(), byBackend: new Map(), shared: [], last: undefined };
}

/**
 * Renders services that are sorted by app id and port. The same services and settings give the same bytes; with the memo of the
 * renderings before, what did not change is the same object as there. Without one nothing is kept for a next rendering.
 */
export function render(services: readonly Service[], settings: RenderSettings, library: Library, memo?: RenderMemo): Rendered {
  const separated = separatePassthrough(services, canPassThrough(settings));
  const all = withDefaultApp(separated.services, settings.defaultApp);
  const linked = linkCanaries(all.services, settings.authScope);
  const checked = checkClients(linked.services, {
    authorities: settings.clientCas?.all ?? [],
    isListed: settings.listsCertificates === true,
    frontendsOf: (those) => checkingFrontends(those, settings, library),
  });
  const cached = limitCaches(checked.services, settings.cacheMemory);
  const rendered = { ...renderAll(cached.services, settings, library, memo, checked.hosts), tlsHosts: checked.hosts };
  const problems = [...linked.problems, ...checked.problems, ...cached.problems, ...all.problems, ...separated.problems];
  return problems.length === 0 ? rendered : { ...rendered, problems: [...rendered.problems, ...problems] };
}

/** Without shared frontends there is nothing to put before them, and nothing to report: hosts of all services lead nowhere. */
function canPassThrough({ bindHttpHttps, groupHttpsByVhost, templates }: RenderSettings): boolean {
  return !bindHttpHttps || groupHttpsByVhost || templates['HTTPS_FRONTEND_HEAD'] === undefined;
}

function renderAll(
  services: readonly Service[],
  settings: RenderSettings,
  library: Library,
  memo: RenderMemo | undefined,
  tlsHosts: TlsHosts,
): RenderedServices {
  const context: RuleContext = { library, haproxyMap: settings.haproxyMap, haproxyDir: settings.haproxyDir, tlsHosts };
  if (memo) return renderAgain(services, settings, context, memo);
  const suffixes = aclSuffixes(services);
  const parts = services.map((service) => {
    const aclSuffix = suffixes.get(service);
    return renderService(service, settings, aclSuffix === undefined ? context : { ...context, aclSuffix }, undefined);
  });
  return put(parts, (head, fragments) => sharedSections(head, fragments, settings, context), library).rendered;
}

function renderAgain(
  services: readonly Service[],
  settings: RenderSettings,
  context: RuleContext,
  memo: RenderMemo,
): RenderedServices {
  const { library } = context;
  const { last } = memo;
  // If nothing changed, the services are not even looked at: 10,000 are many.
  const kept = services.map((service, at) => (last?.services[at] === service ? (last.kept[at] as Kept) : keptOf(service, memo)));
  const definitions = kept.map((each, at) =>
    last?.kept[at] === each ? (last.definitions[at] as ServiceWithoutServers) : each.definition,
  );
  const areDefinitionsKept = last !== undefined && areIdentical(last.definitions, definitions);
  const suffixes = areDefinitionsKept ? last.suffixes : aclSuffixes(definitions);
  const parts = kept.map((each, at) => {
    const part = areDefinitionsKept && last.kept[at] === each ? last.parts[at] : undefined;
    return part ?? partOf(services[at] as Service, each, suffixes, settings, context, memo);
  });
  const sharedFrom: SharedFrom = (head, fragments) => sharedOf(head, fragments, settings, context, memo);
  const result = (last && withOtherBackends(last, parts, library)) ?? put(parts, sharedFrom, library);
  memo.last = { ...result, services, kept, definitions, suffixes, parts };
  forgetGone(services, memo);
  return result.rendered;
}

/** Returns the last rendering with the backends that changed. Returns undefined if more than backends changed. */
function withOtherBackends(last: Last, parts: readonly Part[], library: Library): Put | undefined {
  if (areIdentical(last.parts, parts)) return last;
  const { problems, document } = last.rendered;
  if (parts.length !== last.parts.length) return undefined;
  const sections = [...document.sections];
  const first = sections.length - parts.length;
  let { sockets } = last;
  for (const [at, part] of parts.entries()) {
    const before = last.parts[at];
    if (part === before) continue;
    if (before === undefined || part.fragment !== before.fragment || part.problems !== before.problems) return undefined;
    sections[first + at] = part.backend;
    sockets += socketsOf(part) - socketsOf(before);
  }
  if (library.head(sockets) !== library.head(last.sockets)) return undefined;
  return { ...last, sockets, rendered: { problems, document: { sections, files: document.files } } };
}

type RenderedServices = Omit<Rendered, 'tlsHosts'>;

interface Put {
  readonly rendered: RenderedServices;
  /** How many HAProxy opens for the services. */
  readonly sockets: number;
}

/** One for the listener, and one for each server that is checked. */
function socketsOf({ fragment, backend }: Part): number {
  const { service } = fragment;
  const isChecked = service.healthCheck !== undefined || service.sticky || hasLabelCookie(service) || isCheckedByLabels(service);
  return 1 + (isChecked ? (backend.servers?.length ?? 0) : 0);
}

type SharedFrom = (head: string, fragments: readonly Fragment[]) => Shared;

function put(parts: readonly Part[], sharedFrom: SharedFrom, library: Library): Put {
  const fragments: Fragment[] = [];
  const backends: Section[] = [];
  const problems: Problem[] = [];
  let sockets = 0;
  for (const part of parts) {
    sockets += socketsOf(part);
    fragments.push(part.fragment);
    backends.push(part.backend);
    problems.push(...part.problems);
  }
  const shared = sharedFrom(library.head(sockets), fragments);
  return {
    sockets,
    rendered: { document: { sections: [...shared.sections, ...backends], files: shared.files }, problems },
  };
}

function keptOf(service: Service, memo: RenderMemo): Kept {
  let kept = memo.services.get(service);
  if (kept === undefined) {
    const before = memo.byBackend.get(service.backend);
    const definition = before !== undefined && isSameWithoutServers(before.definition, service) ? before.definition : service;
    kept = { definition, part: undefined };
    memo.services.set(service, kept);
  }
  return kept;
}

function partOf(
  service: Service,
  kept: Kept,
  suffixes: ReadonlyMap<ServiceWithoutServers, string>,
  settings: RenderSettings,
  context: RuleContext,
  memo: RenderMemo,
): Part {
  const aclSuffix = suffixes.size === 0 ? undefined : suffixes.get(kept.definition);
  if (kept.part === undefined || kept.part.aclSuffix !== aclSuffix) {
    const before = kept.part ?? memo.byBackend.get(service.backend)?.part;
    kept.part = renderService(service, settings, aclSuffix === undefined ? context : { ...context, aclSuffix }, before);
    memo.byBackend.set(service.backend, kept);
  }
  return kept.part;
}

function sharedOf(
  head: string,
  fragments: readonly Fragment[],
  settings: RenderSettings,
  context: RuleContext,
  memo: RenderMemo,
): Shared {
  const known = memo.shared.find(
    (each) =>
      each.head === head && areIdentical(each.fragments, fragments) && isSameMap(each.tlsHosts, context.tlsHosts ?? NO_HOSTS),
  );
  const before = memo.shared[0]?.shared;
  const fresh = known?.shared ?? sharedSections(head, fragments, settings, context);
  const shared = known || before === undefined ? fresh : reuseShared(fresh, before);
  memo.shared = [
    { head, fragments, tlsHosts: context.tlsHosts ?? NO_HOSTS, shared },
    ...memo.shared.filter((each) => each !== known),
  ].slice(0, SHARED_KEPT);
  return shared;
}

const NO_HOSTS: TlsHosts = new Map();
const SHARED_KEPT = 3;

/** What is away stays for a while: a service without tasks, or without the one that HAProxy refused, is often back soon. */
function forgetGone(services: readonly Service[], { byBackend }: RenderMemo): void {
  if (byBackend.size <= 2 * services.length + 100) return;
  const names = new Set(services.map(({ backend }) => backend));
  for (const name of byBackend.keys()) if (!names.has(name)) byBackend.delete(name);
}
