import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import { isSame } from '../lib/deep-equal.ts';
import { isSameWithoutServers } from '../model/conflicts/resolve.ts';
import type { Service } from '../model/service.ts';
import { cache, counters, ownBackend, ownFrontend, userlist } from './backends/backend.ts';
import { mapEntries } from './backends/label-lines.ts';
import type { Owner, Section } from './document.ts';
import { unknownSet } from './error-pages/sections.ts';
import { LABEL_MAP, type MapEntry } from './files/map.ts';
import { reporting } from './reporting.ts';
import { canaryEntries, canaryLines } from './frontends/canaries.ts';
import { matchRules, sampleOf } from './frontends/own-rules.ts';
import { appIdRule, httpRules, httpsRules, httpsRulesOfVhost, type RuleContext, type Rules } from './frontends/rules.ts';

/** A service without its tasks. */
export type ServiceWithoutServers = Omit<Service, 'servers'>;

/** All that a service puts into the document but its backend: the same while only its tasks change. */
export interface Fragment {
  readonly service: ServiceWithoutServers;
  readonly owner: Owner;
  /** At the end of the names of its ACLs (`acl-names.ts`); undefined: nothing. */
  readonly aclSuffix: string | undefined;
  readonly userlist: Section | undefined;
  readonly counters: Section | undefined;
  readonly cache: Section | undefined;
  readonly http: Rules | undefined;
  readonly https: Rules | undefined;
  /** With `--group-https-by-vhost`: rules by vhost. */
  readonly vhosts: ReadonlyMap<string, string>;
  readonly appId: Rules | undefined;
  readonly frontend: Section;
  /** Lines for each frontend that leads to it, which choose between it and its canaries. */
  readonly choice: string;
  /** What it has in the map of labels; undefined: it looks nothing up there. */
  readonly mapEntries: readonly MapEntry[] | undefined;
  /** Of the labels that made it. */
  readonly problems: readonly Problem[];
}

/** What is rendered for a service, with that suffix of its ACL names. */
export interface Part {
  readonly aclSuffix: string | undefined;
  readonly fragment: Fragment;
  readonly backend: Section;
  /** Of the service's labels; the same list as long as they are equal. */
  readonly problems: readonly Problem[];
}

/** Renders one service; takes what did not change from `before`, its last rendering. */
export function renderService(service: Service, settings: RenderSettings, context: RuleContext, before: Part | undefined): Part {
  const { aclSuffix } = context;
  const isKept = before !== undefined && before.aclSuffix === aclSuffix && isSameWithoutServers(before.fragment.service, service);
  const fragment = isKept ? before.fragment : fragmentOf(service, settings, context);
  const { library, problems: ofBackend } = reporting(context.library, service);
  const backend = ownBackend(service, fragment.owner, library, {
    haproxy: settings.haproxy,
    defaults: settings.defaults,
    authScope: settings.authScope,
    folder: settings.haproxyDir,
    labelMap: `${settings.haproxyDir}/${LABEL_MAP}`,
    sharesTables: settings.peers !== undefined,
    errorPages: settings.errorPages,
  });
  const problems = [...fragment.problems, ...ofBackend(), ...unknownSet(service, settings.errorPages)];
  return {
    aclSuffix,
    fragment,
    backend: before === undefined ? backend : reuseBackend(backend, before.backend),
    problems: before !== undefined && isSame(before.problems, problems) ? before.problems : problems,
  };
}

function fragmentOf(service: ServiceWithoutServers, settings: RenderSettings, context: RuleContext): Fragment {
  const owner: Owner = { app: service.app, index: service.index, backend: service.backend };
  const { library, problems } = reporting(context.library, service);
  const own = { ...context, library };
  const choice = canaryLines(service, `${settings.haproxyDir}/${LABEL_MAP}`);
  const grouped = settings.bindHttpHttps && settings.groupHttpsByVhost;
  const isMatched = service.match !== undefined;
  const http = (): Rules | undefined => (isMatched ? matchRules(service, service.vhosts, 'host') : httpRules(service, own));
  const https = (): Rules | undefined =>
    isMatched ? matchRules(service, service.vhosts, sampleOf(settings)) : httpsRules(service, own);
  const httpsOf = (vhost: string): string =>
    (isMatched ? matchRules(service, [vhost], sampleOf(settings))?.text : httpsRulesOfVhost(service, vhost, own)) ?? '';
  const parts = {
    service,
    owner,
    aclSuffix: context.aclSuffix,
    userlist: userlist(service, owner, library),
    counters: counters(service, owner, settings.peers !== undefined),
    cache: cache(service, owner),
    http: settings.bindHttpHttps ? http() : undefined,
    https: settings.bindHttpHttps && !settings.groupHttpsByVhost ? https() : undefined,
    vhosts: new Map(grouped ? service.vhosts.map((vhost) => [vhost, httpsOf(vhost)]) : []),
    appId: service.mode === 'http' ? appIdRule(service, own) : undefined,
    frontend: ownFrontend(service, owner, library, settings, choice, settings.errorPages),
    choice,
    mapEntries: entriesOf(service),
  };
  return { ...parts, problems: problems() };
}

function entriesOf(service: ServiceWithoutServers): readonly MapEntry[] | undefined {
  const own = mapEntries(service);
  const shares = canaryEntries(service);
  return own === undefined || shares === undefined ? (own ?? shares) : [...own, ...shares];
}

/** Replaces blocks and server lines that did not change by the objects of before. */
function reuseBackend(fresh: Section, before: Section): Section {
  const blocks = isSame(fresh.blocks, before.blocks) ? before.blocks : fresh.blocks;
  const known = new Map(before.servers?.map((line) => [line.name, line]));
  const servers = fresh.servers?.map((line) => {
    const old = known.get(line.name);
    return old !== undefined && isSame(old, line) ? old : line;
  });
  const section = { ...fresh, blocks, servers };
  return isSame(section, before) ? before : section;
}
