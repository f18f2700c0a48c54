import type { RenderSettings } from '../../config/settings.ts';
import { inRuleOrder } from '../../model/conflicts/rule-order.ts';
import { areIdentical, isSame } from '../../lib/deep-equal.ts';
import type { Block, Section } from '../document.ts';
import type { DocumentFile } from '../files/kinds.ts';
import { APP_MAP, DOMAIN_MAP, type MapFile } from '../files/map.ts';
import type { Fragment } from '../fragment.ts';
import type { RuleContext } from './rules.ts';
import { groupedHttps } from './vhosts.ts';

/** All of the document but the backends of the services: none of it depends on tasks. */
export interface Shared {
  readonly sections: readonly Section[];
  readonly files: readonly DocumentFile[];
}

/** Head, user lists, shared frontends, then the services' own frontends; and the files. */
export function sharedSections(
  head: string,
  fragments: readonly Fragment[],
  settings: RenderSettings,
  context: RuleContext,
): Shared {
  const { library } = context;
  const ranked = inRuleOrder(fragments);
  const domains = settings.haproxyMap && settings.bindHttpHttps ? domainMap(ranked) : [];
  const sections: Section[] = [{ kind: 'head', name: 'head', blocks: [{ text: head }] }];
  for (const { userlist } of fragments) if (userlist) sections.push(userlist);
  const weights = weigh(ranked);
  if (settings.bindHttpHttps) {
    sections.push(
      sharedFrontend('marathon_http_in', library.fill('HTTP_FRONTEND_HEAD', {}), rulesByWeight(ranked, 'http', weights)),
    );
  }
  const ids = appIds(fragments, settings.haproxyMap);
  sections.push(sharedFrontend('marathon_http_appid_in', library.fill('HTTP_FRONTEND_APPID_HEAD', {}), ids.blocks));
  if (settings.bindHttpHttps) sections.push(...httpsSections(ranked, settings, context, weights));
  for (const { frontend, service } of fragments) if (!service.lostPort) sections.push(frontend);
  const files: DocumentFile[] = settings.haproxyMap
    ? [
        { kind: 'map', name: DOMAIN_MAP, entries: domains },
        { kind: 'map', name: APP_MAP, entries: ids.entries },
      ]
    : [];
  return { sections, files };
}

/** Replaces what did not change by the objects of before. */
export function reuseShared(fresh: Shared, before: Shared): Shared {
  const known = new Map(before.sections.map((section) => [`${section.kind} ${section.name}`, section]));
  const sections = fresh.sections.map((section) => {
    const old = known.get(`${section.kind} ${section.name}`);
    return old !== undefined && isSame(old, section) ? old : section;
  });
  const files = fresh.files.map((file, at) => {
    const old = before.files[at];
    return old !== undefined && isSame(old, file) ? old : file;
  });
  return { sections, files: areIdentical(files, before.files) ? before.files : files };
}

/** Returns the weight of each service's rules: that of its label, -1 for those that put a map rule into the document. */
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
  if (settings.groupHttpsByVhost) return groupedHttps(fragments, settings, context.library);
  const sslCerts = settings.sslCerts.map((path) => `crt ${path}`).join(' ');
  const head = context.library.fill('HTTPS_FRONTEND_HEAD', { sslCerts });
  return [sharedFrontend('marathon_https_in', head, rulesByWeight(fragments, 'https', weights))];
}

/** Returns vhost → backend of all services that are looked up, each pair once, in the order met. */
function domainMap(fragments: readonly Fragment[]): MapFile['entries'] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const { service } of fragments) {
    if (service.path !== undefined || service.auth) continue;
    for (const vhost of service.vhosts) pairs.set(`${vhost} ${service.backend}`, [vhost, service.backend]);
  }
  return [...pairs.values()];
}

/** Returns the rule of each app's first service of mode http; with maps one rule and an entry an app. */
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
