/** The rules of a service on the shared frontends: 1.15's templates, chosen by the number of vhosts, path, password and redirect. */
import type { TlsHosts } from '../../model/certificates/host-tls.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { pathWords } from '../../model/values/path-types.ts';
import { aclNames } from './acl-names.ts';
import { type RuledService, withCanaries } from './canaries.ts';
import { withOpenPreflights } from './preflights.ts';
import type { Values } from '../templates/expand.ts';
import type { Library } from '../templates/library.ts';
import type { TemplateName } from '../templates/defaults.ts';

/** The rules of one service on one frontend. */
export interface Rules {
  readonly text: string;
  /** Looks vhosts up in a map: stands once in the whole document. */
  readonly once: boolean;
}

export interface RuleContext {
  readonly library: Library;
  readonly haproxyMap: boolean;
  /** With a slash at the end of nothing: as templates show it. */
  readonly haproxyDir: string;
  /** At the end of the names of the service's ACLs, see `acl-names.ts`. */
  readonly aclSuffix?: string | undefined;
  /** What labels choose for hosts; left out: nothing. */
  readonly tlsHosts?: TlsHosts | undefined;
}

/** Returns the rules on the shared HTTP frontend. Returns undefined if the service has no vhost. */
export function httpRules(service: RuledService, context: RuleContext): Rules | undefined {
  const { vhosts, redirectToHttps } = service;
  const first = vhosts[0];
  if (first === undefined) return undefined;
  const fill = filler(service, context);
  const byMap = context.haproxyMap && isHostAlone(service) && !redirectToHttps;
  if (byMap) return { text: fill(vhosts.length > 1 ? 'MAP_HTTP_FRONTEND_ACL_ONLY' : 'MAP_HTTP_FRONTEND_ACL', first), once: true };
  const text = vhosts.length > 1 ? severalOverHttp(service, fill) : oneOverHttp(service, first, fill);
  return { text: withCanaries(withOpenPreflights(text, service), service), once: false };
}

/** Returns the rules for all vhosts on the shared HTTPS frontend. Returns undefined if the service has no vhost. */
export function httpsRules(service: RuledService, context: RuleContext): Rules | undefined {
  const { vhosts } = service;
  const first = vhosts[0];
  if (first === undefined) return undefined;
  const fill = filler(service, context);
  if (context.haproxyMap && isHostAlone(service)) return { text: fill('MAP_HTTPS_FRONTEND_ACL', first), once: true };
  const rules = vhosts.map((vhost) => fill(httpsRule(service), vhost)).join('');
  return { text: withCanaries(withOpenPreflights(httpsPathAcl(service, fill, first) + rules, service), service), once: false };
}

/** Returns the rules for one vhost on a frontend of its own (`--group-https-by-vhost`). */
export function httpsRulesOfVhost(service: RuledService, vhost: string, context: RuleContext): string {
  const first = service.vhosts[0] ?? vhost;
  const fill = filler(service, context);
  const byMap = context.haproxyMap && isHostAlone(service);
  const rule = fill(byMap ? 'MAP_HTTPS_FRONTEND_ACL' : httpsRule(service), vhost);
  return withCanaries(withOpenPreflights(httpsPathAcl(service, fill, first) + rule, service), service);
}

/** Whether a map can say where the requests for the hosts of a service go. */
export function isHostAlone({ path, auth, match, canaries }: RuledService): boolean {
  return path === undefined && !auth && match === undefined && canaries === undefined;
}

/** Returns the rule of an app on the app-id frontend. */
export function appIdRule(service: ServiceDefinition, context: RuleContext): Rules {
  const values: Values = {
    cleanedUpAppId: aclNames(service).app + (context.aclSuffix ?? ''),
    hostname: service.hostname ?? 'None',
    appId: service.app,
    backend: service.backend,
    haproxy_dir: context.haproxyDir,
  };
  const name = context.haproxyMap ? 'MAP_HTTP_FRONTEND_APPID_ACL' : 'HTTP_FRONTEND_APPID_ACL';
  return { text: context.library.fill(name, values, service.templates), once: context.haproxyMap };
}

type Fill = (name: TemplateName, vhost: string) => string;

function filler(service: ServiceDefinition, context: RuleContext): Fill {
  const path = pathWords(service.path ?? '', service.pathType);
  const shared = {
    cleanedUpHostname: (aclNames(service).host ?? '') + (context.aclSuffix ?? ''),
    appId: service.app,
    backend: service.backend,
    path,
    realm: service.auth?.realm ?? '',
    bindAddr: service.bindAddr,
    haproxy_dir: context.haproxyDir,
  };
  const fill: Fill = (name, vhost) => context.library.fill(name, { hostname: vhost, ...shared }, service.templates);
  if (service.pathType === undefined) return fill;
  // HAProxy warns of a sample with a method of its own beside another one.
  return (name, vhost) => fill(name, vhost).replaceAll(`path_beg ${path}`, `path ${path}`);
}

function oneOverHttp(service: ServiceDefinition, vhost: string, fill: Fill): string {
  const { path, auth, redirectToHttps } = service;
  if (path === undefined) {
    if (redirectToHttps) return fill('HTTP_FRONTEND_ACL', vhost) + fill('BACKEND_REDIRECT_HTTP_TO_HTTPS', vhost);
    return fill(auth ? 'HTTP_FRONTEND_ACL_WITH_AUTH' : 'HTTP_FRONTEND_ACL', vhost);
  }
  if (redirectToHttps) {
    const acls = fill('HTTP_FRONTEND_ACL_ONLY', vhost) + fill('HTTP_FRONTEND_ACL_ONLY_WITH_PATH', vhost);
    return acls + fill('BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH', vhost);
  }
  return fill(auth ? 'HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH' : 'HTTP_FRONTEND_ACL_WITH_PATH', vhost);
}

function severalOverHttp(service: ServiceDefinition, fill: Fill): string {
  const { vhosts, path, auth, redirectToHttps } = service;
  const first = vhosts[0] as string;
  let text = '';
  if (path !== undefined)
    text += fill(auth ? 'HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH' : 'HTTP_FRONTEND_ACL_ONLY_WITH_PATH', first);
  for (const vhost of vhosts) text += fill('HTTP_FRONTEND_ACL_ONLY', vhost);
  return text + fill(routing(path !== undefined, auth !== undefined, redirectToHttps), first);
}

function routing(path: boolean, auth: boolean, redirect: boolean): TemplateName {
  if (redirect) return path ? 'BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH' : 'BACKEND_REDIRECT_HTTP_TO_HTTPS';
  if (path) return auth ? 'HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH' : 'HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH';
  return auth ? 'HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH' : 'HTTP_FRONTEND_ROUTING_ONLY';
}

function httpsPathAcl(service: ServiceDefinition, fill: Fill, first: string): string {
  return service.path === undefined ? '' : fill('HTTPS_FRONTEND_ACL_ONLY_WITH_PATH', first);
}

function httpsRule({ path, auth }: ServiceDefinition): TemplateName {
  if (path !== undefined) return auth ? 'HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH' : 'HTTPS_FRONTEND_ACL_WITH_PATH';
  return auth ? 'HTTPS_FRONTEND_ACL_WITH_AUTH' : 'HTTPS_FRONTEND_ACL';
}
