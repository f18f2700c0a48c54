import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import { isSame } from '../lib/deep-equal.ts';
import { isSameFacade } from '../model/conflicts/resolve.ts';
import type { Service } from '../model/service.ts';
import { ownBackend, ownFrontend, userlist } from './backends/backend.ts';
import type { Owner, Section } from './document.ts';
import { reporting } from './reporting.ts';
import { appIdRule, httpRules, httpsRules, httpsRulesOfVhost, type RuleContext, type Rules } from './frontends/rules.ts';

/** A service without its tasks. */
export type Facade = Omit<Service, 'servers'>;

/** All that a service puts into the document but its backend: the same while only its tasks change. */
export interface Fragment {
  readonly service: Facade;
  readonly owner: Owner;
  /** At the end of the names of its ACLs (`acl-names.ts`); undefined: nothing. */
  readonly aclSuffix: string | undefined;
  readonly userlist: Section | undefined;
  readonly http: Rules | undefined;
  readonly https: Rules | undefined;
  /** With `--group-https-by-vhost`: rules by vhost. */
  readonly vhosts: ReadonlyMap<string, string>;
  readonly appId: Rules | undefined;
  readonly frontend: Section;
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
  const isKept = before !== undefined && before.aclSuffix === aclSuffix && isSameFacade(before.fragment.service, service);
  const fragment = isKept ? before.fragment : fragmentOf(service, settings, context);
  const { library, problems: ofBackend } = reporting(context.library, service);
  const backend = ownBackend(service, fragment.owner, library, {
    dynamicCookies: settings.defaults.dynamicCookies,
    authScope: settings.authScope,
  });
  const problems = [...fragment.problems, ...ofBackend()];
  return {
    aclSuffix,
    fragment,
    backend: before === undefined ? backend : reuseBackend(backend, before.backend),
    problems: before !== undefined && isSame(before.problems, problems) ? before.problems : problems,
  };
}

function fragmentOf(service: Facade, settings: RenderSettings, context: RuleContext): Fragment {
  const owner: Owner = { app: service.app, index: service.index, backend: service.backend };
  const { library, problems } = reporting(context.library, service);
  const own = { ...context, library };
  const grouped = settings.bindHttpHttps && settings.groupHttpsByVhost;
  const parts = {
    service,
    owner,
    aclSuffix: context.aclSuffix,
    userlist: userlist(service, owner, library),
    http: settings.bindHttpHttps ? httpRules(service, own) : undefined,
    https: settings.bindHttpHttps && !settings.groupHttpsByVhost ? httpsRules(service, own) : undefined,
    vhosts: new Map(grouped ? service.vhosts.map((vhost) => [vhost, httpsRulesOfVhost(service, vhost, own)]) : []),
    appId: service.mode === 'http' ? appIdRule(service, own) : undefined,
    frontend: ownFrontend(service, owner, library, settings.haproxy),
  };
  return { ...parts, problems: problems() };
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
