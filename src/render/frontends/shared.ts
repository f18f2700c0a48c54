import type { RenderSettings } from '../../config/settings.ts';
import { byWeight, inRuleOrder } from '../../model/conflicts/rule-order.ts';
import { areIdentical, isSame } from '../../lib/deep-equal.ts';
import type { Block, Section } from '../document.ts';
import type { TlsHosts } from '../../model/certificates/host-tls.ts';
import { clientCaFiles } from '../tls/options.ts';
import type { DocumentFile } from '../files/kinds.ts';
import { type JwtKey, keyFileName } from '../../model/values/auth/jwt.ts';
import type { KeyFile } from '../files/key.ts';
import { APP_MAP, DOMAIN_MAP, LABEL_MAP, type MapFile } from '../files/map.ts';
import type { Fragment } from '../fragment.ts';
import { defaultLine, errorSections } from '../error-pages/sections.ts';
import { peersSection } from '../peers.ts';
import { backendMap, entryLogging, innerLogLine, type Logging, sharedLogging } from './access-log.ts';
import { withEntry } from './entry.ts';
import { withoutMatched } from './matched.ts';
import { acmeLines } from './acme-answer.ts';
import { isHostAlone, type RuleContext } from './rules.ts';
import { notPassedRules, tlsEntry } from './passthrough.ts';
import { choicesOf, type HostSample, isInMap, patternRules, sampleOf } from './own-rules.ts';
import { certificateWords } from './certificate-words.ts';
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
  const errors = errorSections(
    settings.errorPages,
    fragments.map(({ service }) => service),
    settings.haproxyDir,
  );
  sections.push(...errors.sections);
  if (settings.peers !== undefined) sections.push(peersSection(settings.peers));
  for (const { userlist } of fragments) if (userlist) sections.push(userlist);
  for (const { counters } of fragments) if (counters) sections.push(counters);
  for (const { cache } of fragments) if (cache) sections.push(cache);
  const weights = weigh(ranked);
  const services = fragments.map(({ service }) => service);
  const logging = sharedLogging(services, settings.defaults);
  if (settings.bindHttpHttps) {
    sections.push(
      sharedFrontend('marathon_http_in', withEntry(library.fill('HTTP_FRONTEND_HEAD', {}), 'http', settings, logging), [
        ...(settings.acmeAnswer === undefined ? [] : [{ text: acmeLines(settings.acmeAnswer) }]),
        ...notPassedRules(fragments, 503),
        ...choicesOf(ranked),
        ...rulesOf(ranked, 'http', weights, 'host', context),
      ]),
    );
  }
  const ids = appIds(fragments, settings.haproxyMap);
  const appIdHead = withEntry(library.fill('HTTP_FRONTEND_APPID_HEAD', {}), 'http', settings, logging);
  sections.push(sharedFrontend('marathon_http_appid_in', appIdHead, ids.blocks));
  if (settings.bindHttpHttps) sections.push(...httpsSections(ranked, settings, context, weights, logging));
  if (errors.sections.length > 0) addErrorPages(sections, defaultLine(settings.errorPages));
  for (const { frontend, service } of fragments) if (!service.lostPort) sections.push(frontend);
  const maps: DocumentFile[] = settings.haproxyMap
    ? [
        { kind: 'map', name: DOMAIN_MAP, entries: domains },
        { kind: 'map', name: APP_MAP, entries: ids.entries },
      ]
    : [];
  const looked = fragments.flatMap(({ mapEntries }) => (mapEntries === undefined ? [] : [mapEntries]));
  if (looked.length > 0) maps.push({ kind: 'map', name: LABEL_MAP, entries: looked.flat() });
  const backends = backendMap(services, settings.defaults);
  if (backends !== undefined) maps.push(backends);
  const authorities = clientCaFiles(settings.clientCas, context.tlsHosts ?? NO_HOSTS);
  return { sections, files: [...maps, ...keysOf(fragments), ...authorities, ...errors.files] };
}

const NO_HOSTS: TlsHosts = new Map();

/** Returns the public keys that backends check tokens with, each once. */
function keysOf(fragments: readonly Fragment[]): readonly KeyFile[] {
  const files = new Map<string, KeyFile>();
  for (const { service } of fragments) {
    const key = service.mode === 'http' ? (service.typed?.['JWT_KEY'] as JwtKey | undefined) : undefined;
    if (key?.isPublic !== true) continue;
    const name = keyFileName(key);
    files.set(name, { kind: 'key', name, text: key.text });
  }
  return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Puts the line of error pages after the heads of frontends. */
function addErrorPages(sections: Section[], line: string): void {
  if (line === '') return;
  for (const [at, section] of sections.entries()) {
    if (section.kind !== 'frontend') continue;
    const [head, ...rest] = section.blocks;
    sections[at] = { ...section, blocks: [...(head === undefined ? [] : [head]), { text: line }, ...rest] };
  }
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

function rulesOf(
  fragments: readonly Fragment[],
  side: 'http' | 'https',
  weights: ReadonlyMap<Fragment, number>,
  sample: HostSample,
  { haproxyDir }: RuleContext,
): readonly Block[] {
  const rules: { readonly service: Fragment['service']; readonly weight: number; readonly block: Block }[] = [];
  let lookUp: Block | undefined;
  for (const fragment of fragments) {
    const own = fragment[side];
    if (!own || (own.once && lookUp)) continue;
    const { service, owner } = fragment;
    const block = { owner, text: own.text };
    if (own.once) lookUp = block;
    rules.push({ service, weight: weights.get(fragment) ?? 0, block });
  }
  const { choices, blocks } = withoutMatched(
    byWeight(rules, (rule) => rule.weight),
    sample,
  );
  const unless = lookUp && isInMap(sample, haproxyDir);
  const patterns = patternRules(fragments, sample, unless === undefined ? {} : { unless });
  const at = lookUp === undefined ? blocks.length : blocks.indexOf(lookUp);
  return [...choices, ...blocks.slice(0, at), ...patterns, ...blocks.slice(at)];
}

function sharedFrontend(name: string, head: string, blocks: readonly Block[]): Section {
  return { kind: 'frontend', name, blocks: [{ text: head }, ...blocks] };
}

function httpsSections(
  fragments: readonly Fragment[],
  settings: RenderSettings,
  context: RuleContext,
  weights: ReadonlyMap<Fragment, number>,
  logging: Logging | undefined,
): readonly Section[] {
  if (settings.groupHttpsByVhost) return groupedHttps(fragments, settings, context.library, logging);
  const filled = context.library.fill('HTTPS_FRONTEND_HEAD', { sslCerts: certificateWords(settings) });
  const sample = sampleOf(settings);
  const rules = [
    ...(sample === 'host' ? notPassedRules(fragments, 421) : []),
    ...choicesOf(fragments),
    ...rulesOf(fragments, 'https', weights, sample, context),
  ];
  const logged = entryLogging(
    fragments.map(({ service }) => service),
    logging,
  );
  const entry = tlsEntry(
    fragments,
    filled,
    context.library,
    (text) => withEntry(text, 'tcp', settings, logged),
    innerLogLine(logged),
  );
  const head = withEntry(entry?.head ?? filled, entry === undefined ? 'http' : 'inner', settings, logging);
  return [...(entry?.sections ?? []), sharedFrontend('marathon_https_in', head, rules)];
}

/** Returns vhost → backend of all services that are looked up, each pair once, in the order met. */
function domainMap(fragments: readonly Fragment[]): MapFile['entries'] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const { service } of fragments) {
    if (!isHostAlone(service)) continue;
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
