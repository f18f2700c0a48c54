import type { RenderSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import { isSame } from '../model/same.ts';
import { isSameFacade } from '../model/settle.ts';
import type { Service } from '../model/service.ts';
import { ownBackend, ownFrontend, userlist } from './backend.ts';
import type { Owner, Section } from './document.ts';
import { OverrideError } from './library.ts';
import { appIdRule, httpRules, httpsRules, httpsRulesOfVhost, type RuleContext, type Rules } from './rules.ts';

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
}

/** What a service comes to, with that suffix of its ACL names. */
export type Part = { readonly aclSuffix: string | undefined } & (
  | { readonly kind: 'rendered'; readonly fragment: Fragment; readonly backend: Section }
  /** Its labels make templates that cannot be filled. */
  | { readonly kind: 'left-out'; readonly problem: Problem }
);

/** Renders one service; what is the same as in `before`, which it came to last, is taken from there. */
export function renderService(service: Service, settings: RenderSettings, context: RuleContext, before: Part | undefined): Part {
  const { aclSuffix } = context;
  try {
    const old = before?.kind === 'rendered' ? before : undefined;
    const isKept = old !== undefined && old.aclSuffix === aclSuffix && isSameFacade(old.fragment.service, service);
    const fragment = isKept ? old.fragment : fragmentOf(service, settings, context);
    const backend = ownBackend(service, fragment.owner, context.library, {
      dynamicCookies: settings.defaults.dynamicCookies,
      authScope: settings.authScope,
    });
    return { kind: 'rendered', aclSuffix, fragment, backend: old === undefined ? backend : reuseBackend(backend, old.backend) };
  } catch (error) {
    if (!(error instanceof OverrideError)) throw error;
    const label = `HAPROXY_${service.index}_${error.template}`;
    const detail = `${label}: ${error.message}`;
    return {
      kind: 'left-out',
      aclSuffix,
      problem: { code: 'template-malformed', app: service.app, service: service.backend, label, detail },
    };
  }
}

function fragmentOf(service: Facade, settings: RenderSettings, context: RuleContext): Fragment {
  const owner: Owner = { app: service.app, index: service.index, backend: service.backend };
  const { library } = context;
  const grouped = settings.bindHttpHttps && settings.groupHttpsByVhost;
  return {
    service,
    owner,
    aclSuffix: context.aclSuffix,
    userlist: userlist(service, owner, library),
    http: settings.bindHttpHttps ? httpRules(service, context) : undefined,
    https: settings.bindHttpHttps && !settings.groupHttpsByVhost ? httpsRules(service, context) : undefined,
    vhosts: new Map(grouped ? service.vhosts.map((vhost) => [vhost, httpsRulesOfVhost(service, vhost, context)]) : []),
    appId: service.mode === 'http' ? appIdRule(service, context) : undefined,
    frontend: ownFrontend(service, owner, library, settings.haproxy),
  };
}

/** Blocks and server lines that are the same as before, as the very objects. */
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
