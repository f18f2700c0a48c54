/** From services to the document (compatibility.md, section 6). */
import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import { aclSuffixes } from './acl-names.ts';
import { ownBackend, ownFrontend, userlist } from './backend.ts';
import type { Block, ConfigDocument, MapFile, Owner, Section } from './document.ts';
import { type Library, OverrideError } from './library.ts';
import { appIdRule, httpRules, httpsRules, type RuleContext, type Rules } from './rules.ts';
import { groupedHttps } from './vhosts.ts';

export interface Rendered {
  readonly document: ConfigDocument;
  /** Services whose labels make templates that cannot be filled: they are left out. */
  readonly problems: readonly Problem[];
}

/** All that one service puts into the document. */
export interface Fragment {
  readonly service: Service;
  readonly owner: Owner;
  /** At the end of the names of its ACLs; undefined: nothing. */
  readonly aclSuffix: string | undefined;
  readonly userlist: Section | undefined;
  readonly http: Rules | undefined;
  readonly https: Rules | undefined;
  readonly appId: Rules | undefined;
  readonly frontend: Section;
  readonly backend: Section;
}

/** Renders services that are sorted by app id and port. The same services and settings give the same bytes. */
export function render(services: readonly Service[], settings: RenderSettings, library: Library): Rendered {
  const context: RuleContext = { library, haproxyMap: settings.haproxyMap, haproxyDir: settings.haproxyDir };
  const problems: Problem[] = [];
  const suffixes = aclSuffixes(services);
  const fragments = services.flatMap((service) => {
    const aclSuffix = suffixes.get(service);
    return fragment(service, settings, aclSuffix === undefined ? context : { ...context, aclSuffix }, problems);
  });
  const domains = settings.haproxyMap && settings.bindHttpHttps ? domainMap(fragments) : [];
  const sections: Section[] = [{ kind: 'head', name: 'head', blocks: [{ text: library.fill('HEAD', {}) }] }];
  for (const { userlist } of fragments) if (userlist) sections.push(userlist);
  const weights = weigh(fragments);
  if (settings.bindHttpHttps) {
    sections.push(
      sharedFrontend('marathon_http_in', library.fill('HTTP_FRONTEND_HEAD', {}), rulesByWeight(fragments, 'http', weights)),
    );
  }
  const ids = appIds(fragments, settings.haproxyMap);
  sections.push(sharedFrontend('marathon_http_appid_in', library.fill('HTTP_FRONTEND_APPID_HEAD', {}), ids.blocks));
  if (settings.bindHttpHttps) sections.push(...httpsSections(fragments, settings, context, weights));
  for (const { frontend } of fragments) sections.push(frontend);
  for (const { backend } of fragments) sections.push(backend);
  const maps: MapFile[] = settings.haproxyMap
    ? [
        { name: 'domain2backend.map', entries: domains },
        { name: 'app2backend.map', entries: ids.entries },
      ]
    : [];
  return { document: { sections, maps }, problems };
}

function fragment(service: Service, settings: RenderSettings, context: RuleContext, problems: Problem[]): Fragment[] {
  const owner: Owner = { app: service.app, index: service.index, backend: service.backend };
  const { library } = context;
  try {
    return [
      {
        service,
        owner,
        aclSuffix: context.aclSuffix,
        userlist: userlist(service, owner, library),
        http: settings.bindHttpHttps ? httpRules(service, context) : undefined,
        https: settings.bindHttpHttps && !settings.groupHttpsByVhost ? httpsRules(service, context) : undefined,
        appId: service.mode === 'http' ? appIdRule(service, context) : undefined,
        frontend: ownFrontend(service, owner, library),
        backend: ownBackend(service, owner, library),
      },
    ];
  } catch (error) {
    if (!(error instanceof OverrideError)) throw error;
    const label = `HAPROXY_${service.index}_${error.template}`;
    problems.push({
      code: 'template-malformed',
      app: service.app,
      service: service.backend,
      label,
      detail: `${label}: ${error.message}`,
    });
    return [];
  }
}

/** The weight of each service's rules: that of its label, -1 for those that put a map rule into the document. */
function weigh(fragments: readonly Fragment[]): ReadonlyMap<Fragment, number> {
  const weights = new Map<Fragment, number>();
  const done = new Set<'http' | 'https'>();
  for (const fragment of fragments) {
    let weight = fragment.service.weight;
    for (const side of ['http', 'https'] as const) {
      if (!fragment[side]?.once || done.has(side)) continue;
      done.add(side);
      weight = -1;
    }
    weights.set(fragment, weight);
  }
  return weights;
}

function rulesByWeight(
  fragments: readonly Fragment[],
  side: 'http' | 'https',
  weights: ReadonlyMap<Fragment, number>,
): readonly Block[] {
  const rules: { readonly weight: number; readonly block: Block }[] = [];
  let once = false;
  for (const fragment of fragments) {
    const own = fragment[side];
    if (!own || (own.once && once)) continue;
    once ||= own.once;
    rules.push({ weight: weights.get(fragment) ?? 0, block: { owner: fragment.owner, text: own.text } });
  }
  return rules.sort((a, b) => b.weight - a.weight).map((rule) => rule.block);
}

function sharedFrontend(name: string, head: string, blocks: readonly Block[]): Section {
  return { kind: 'frontend', name, blocks: [{ text: head }, ...blocks] };
}

function httpsSections(
  fragments: readonly Fragment[],
  settings: RenderSettings,
  context: RuleContext,
  weights: ReadonlyMap<Fragment, number>,
): readonly Section[] {
  if (settings.groupHttpsByVhost) return groupedHttps(fragments, settings, context);
  const sslCerts = settings.sslCerts.map((path) => `crt ${path}`).join(' ');
  const head = context.library.fill('HTTPS_FRONTEND_HEAD', { sslCerts });
  return [sharedFrontend('marathon_https_in', head, rulesByWeight(fragments, 'https', weights))];
}

/** Vhost → backend of all services that are looked up, each pair once, in the order met. */
function domainMap(fragments: readonly Fragment[]): MapFile['entries'] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const { service } of fragments) {
    if (service.path !== undefined || service.auth) continue;
    for (const vhost of service.vhosts) pairs.set(`${vhost} ${service.backend}`, [vhost, service.backend]);
  }
  return [...pairs.values()];
}

/** The rule of each app's first service of mode http; with maps one rule and an entry an app. */
function appIds(
  fragments: readonly Fragment[],
  haproxyMap: boolean,
): { readonly blocks: readonly Block[]; readonly entries: MapFile['entries'] } {
  const blocks: Block[] = [];
  const entries: (readonly [string, string])[] = [];
  let last: string | undefined;
  for (const { service, owner, appId } of fragments) {
    if (!appId || service.app === last) continue;
    last = service.app;
    if (!haproxyMap || entries.length === 0) blocks.push({ owner, text: appId.text });
    entries.push([service.app, service.backend]);
  }
  return { blocks, entries };
}
