/** Violations of the rule of an app: each costs a service of it, or the whole app. */
import type { ModelSettings } from '../../../config/settings.ts';
import { hostClaims } from '../../conflicts/claimed-hosts.ts';
import { ownBinds } from '../../conflicts/own-binds.ts';
import { ownValuesOf, serviceRows } from '../../labels/from-rows.ts';
import { isTemplateName, templateLabels } from '../../labels/template-table.ts';
import { plural } from '../../../lib/text/plural.ts';
import type { Problem } from '../../problem.ts';
import type { ServiceDefinition } from '../../service.ts';
import { readServiceName } from '../../values/canaries.ts';
import { ANY_HOST } from '../../values/network/host-patterns.ts';
import { allowsHost } from './hosts.ts';
import { allowsPath, claimedPaths } from './paths.ts';
import { formatRange, type LabelList, type Policy, type PolicyRule, type PortRange, ruleFor } from './policy.ts';

/** A problem of the policy: a part of a rule that something breaks. */
export type Denial = Problem & { readonly code: 'policy-denied'; readonly rule: string };

/** The labels of one service port, by name without `HAPROXY_{n}_`; those of an app without `HAPROXY_`. */
type Named = Readonly<Record<string, string>>;

/** Returns what the definition of a service has that its rule does not allow. */
export function definitionDenials(rule: PolicyRule, service: ServiceDefinition, policy: Policy): readonly Denial[] {
  return [
    ...canaryDenials(rule, service, policy),
    ...hostDenials(rule, service),
    ...pathDenials(rule, service),
    ...portDenials(rule, service),
    ...vhostLimit(rule, service),
  ];
}

/** A canary gets requests for the hosts and ports of the other service, so a label alone must not give the rights of another name. */
function canaryDenials(rule: PolicyRule, { app, index, backend, typed }: ServiceDefinition, policy: Policy): readonly Denial[] {
  const main = typed?.['CANARY_OF'];
  if (typeof main !== 'string' || ruleFor(policy, readServiceName(main).app) === rule) return [];
  const label = `HAPROXY_${index}_CANARY_OF`;
  const what = `being a canary of ${main}, for which ${prefixOf(ruleFor(policy, readServiceName(main).app))} counts, of service ${index}`;
  const fix = `let ${label} name an app below ${rule.prefix}`;
  return [denial({ rule, key: 'prefix', app, label, service: backend, what, fix })];
}

function hostDenials(rule: PolicyRule, service: ServiceDefinition): readonly Denial[] {
  if (rule.hosts === undefined) return [];
  const { app, index, backend, typed } = service;
  const { hosts } = hostClaims(service);
  const denied = hosts.filter((host) => host !== ANY_HOST && !allowsHost(rule, host));
  if (denied.length > 0) {
    const from = typed?.['REDIRECT_FROM'];
    const isRedirected = typeof from === 'string' && denied.every((host) => from.split(',').includes(host));
    const label = `HAPROXY_${index}_${isRedirected ? 'REDIRECT_FROM' : 'VHOST'}`;
    const what = `${denied.length === 1 ? 'the host' : 'the hosts'} ${some(denied)} of service ${index}`;
    return [denial({ rule, key: 'hosts', app, label, service: backend, what, fix: choose(label, 'hosts', rule.hosts) })];
  }
  if (!hosts.includes(ANY_HOST) || rule.hosts.includes('*')) return [];
  const label = `HAPROXY_${index}_PATH`;
  const what = `a PATH without a VHOST, which is one of every host, of service ${index}`;
  const fix = choose(`HAPROXY_${index}_VHOST`, 'hosts', rule.hosts);
  return [denial({ rule, key: 'hosts', app, label, service: backend, what, fix })];
}

function pathDenials(rule: PolicyRule, service: ServiceDefinition): readonly Denial[] {
  const { app, index, path, pathType, backend } = service;
  if (rule.paths === undefined || (path === undefined && hostClaims(service).hosts.length === 0)) return [];
  const denied = claimedPaths(path, pathType).filter((claimed) => !allowsPath(rule, claimed));
  if (denied.length === 0) return [];
  const label = `HAPROXY_${index}_PATH`;
  const what =
    path === undefined
      ? `every path of the hosts of service ${index}`
      : `the path ${some(denied.map((each) => each.path))} of service ${index}`;
  const begun =
    pathType === undefined ? denied.find((each) => each.kind === 'begin' && rule.paths?.includes(each.path)) : undefined;
  const fix =
    begun === undefined
      ? choose(label, 'paths', rule.paths)
      : `set ${label}_TYPE to prefix: a path that begins with ${begun.path} can be another one, such as ${begun.path}x`;
  return [denial({ rule, key: 'paths', app, label, service: backend, what, fix })];
}

function portDenials(rule: PolicyRule, service: ServiceDefinition): readonly Denial[] {
  const { ports } = rule;
  if (ports === undefined) return [];
  const { app, index, servicePort, backend } = service;
  const claimed = [{ first: servicePort, last: servicePort, label: 'PORT' }, ...ownBinds(service, true)];
  const denied = claimed.find((range) => !isWithin(ports, range));
  if (denied === undefined) return [];
  const label = `HAPROXY_${index}_${denied.label}`;
  const what = `${denied.first === denied.last ? 'port' : 'ports'} ${formatRange(denied)} of service ${index}`;
  const fix =
    ports.length === 0
      ? 'name the app below another prefix: it may have no port here'
      : choose(label, 'ports', ports.map(formatRange));
  return [denial({ rule, key: 'ports', app, label, service: backend, what, fix })];
}

function isWithin(ports: readonly PortRange[], { first, last }: PortRange): boolean {
  let at = first;
  for (const range of ports.toSorted((a, b) => a.first - b.first)) {
    if (range.first <= at && range.last >= at) at = range.last + 1;
    if (at > last) return true;
  }
  return false;
}

function vhostLimit(rule: PolicyRule, service: ServiceDefinition): readonly Denial[] {
  const most = rule.limits?.vhosts;
  if (most === undefined) return [];
  const { app, index, backend } = service;
  const { hosts } = hostClaims(service);
  if (hosts.length <= most) return [];
  const label = `HAPROXY_${index}_VHOST`;
  const what = `${plural(hosts.length, 'host')} of service ${index}`;
  return [
    denial({
      rule,
      key: 'limits.vhosts',
      app,
      label,
      service: backend,
      what,
      fix: `name at most ${plural(most, 'host')} in ${label}`,
    }),
  ];
}

/** Returns the denial of more servers than a service may have. */
export function serverDenials(
  rule: PolicyRule,
  { app, index, servers }: { app: string; index: number; servers: readonly unknown[] },
): readonly Denial[] {
  const most = rule.limits?.servers;
  if (most === undefined || servers.length <= most) return [];
  const what = `${plural(servers.length, 'server')} of service ${index}`;
  return [
    denial({
      rule,
      key: 'limits.servers',
      app,
      label: 'instances',
      what,
      fix: `scale the app so that it has at most ${plural(most, 'task')}, also during a deploy`,
    }),
  ];
}

/** Returns the denial of more service ports than an app may have. */
export function portCountDenials(rule: PolicyRule, app: string, count: number): readonly Denial[] {
  const most = rule.limits?.ports;
  if (most === undefined || count <= most) return [];
  const what = plural(count, 'service port');
  return [
    denial({
      rule,
      key: 'limits.ports',
      app,
      label: 'portDefinitions',
      what,
      isApp: true,
      fix: `give the app at most ${plural(most, 'service port')}`,
    }),
  ];
}

/** Returns the labels of one service port that the rule does not allow with any value. */
export function labelDenials(rule: PolicyRule, app: string, index: number, own: Named): readonly Denial[] {
  const { labels } = rule;
  if (labels === undefined) return [];
  const denied = Object.keys(own).filter((name) => hasEffect(name, own[name] as string) && !allowsLabel(labels, name));
  return denied.map((name) => {
    const label = `HAPROXY_${index}_${name}`;
    return denial({ rule, key: 'labels', app, label, what: `the label ${label}`, fix: `take ${label} away` });
  });
}

/** Returns what the labels of an app as a whole have that the rule does not allow. */
export function appLabelDenials(rule: PolicyRule, app: string, labels: Named): readonly Denial[] {
  if (rule.labels === undefined || 'allow' in rule.labels) return [];
  const { labels: list } = rule;
  const denied = Object.keys(labels).filter(
    (label) => !/^HAPROXY_\d/.test(label) && labels[label]?.trim() !== '' && !allowsLabel(list, label.slice(8)),
  );
  return denied.map((label) =>
    denial({ rule, key: 'labels', app, label, what: `the label ${label}`, isApp: true, fix: `take ${label} away` }),
  );
}

/** Returns the denial of groups that a service of this load balancer names and must not. */
export function groupDenials(
  rule: PolicyRule,
  app: string,
  index: number,
  { own, common }: { readonly own: string | undefined; readonly common: string | undefined },
  { groups: served }: Pick<ModelSettings, 'groups'>,
): readonly Denial[] {
  const { groups } = rule;
  if (groups === undefined) return [];
  const named = (own ?? common ?? '').split(',').map((group) => group.trim());
  const denied = named.filter(
    (group) => group !== '' && (served.includes('*') || served.includes(group)) && !groups.includes(group),
  );
  if (denied.length === 0) return [];
  const label = own === undefined ? 'HAPROXY_GROUP' : `HAPROXY_${index}_GROUP`;
  const what = `the group ${some(denied)} of service ${index}`;
  return [denial({ rule, key: 'groups', app, label, what, fix: choose(label, 'groups', groups) })];
}

/** Returns the denial of a deployment group that another rule counts for. */
export function groupRuleDenial(
  app: string,
  group: string,
  ruleOfApp: PolicyRule | undefined,
  ruleOfGroup: PolicyRule | undefined,
): Denial {
  return {
    code: 'policy-denied',
    app,
    label: 'HAPROXY_DEPLOYMENT_GROUP',
    detail: `the policy denies the deployment group ${group}: ${prefixOf(ruleOfGroup)} counts for it, and ${prefixOf(ruleOfApp)} for the app, which is not served`,
    fix: 'name a group below the same prefix, or ask the operator for a rule that has both (--policy)',
    rule: (ruleOfApp ?? ruleOfGroup)?.prefix ?? '/',
  };
}

function prefixOf(rule: PolicyRule | undefined): string {
  return rule === undefined ? 'no rule' : `the rule for ${rule.prefix}`;
}

/** Returns whether a saved definition, of which not all labels are known, breaks the rule. */
export function isDenied(rule: PolicyRule, definition: ServiceDefinition, policy: Policy): boolean {
  const { labels } = rule;
  if (labels !== undefined && labelsOf(definition).some((name) => !allowsLabel(labels, name))) return true;
  return definitionDenials(rule, definition, policy).length > 0;
}

/** Returns the labels that a definition was surely made of. PORT and MODE leave no trace: what they made is checked. */
function labelsOf(definition: ServiceDefinition): readonly string[] {
  const { weight, path, pathType, templates } = definition;
  const { hosts } = hostClaims(definition);
  return [
    ...ownValuesOf(definition).map(({ row }) => row.name),
    ...(hosts.some((host) => host !== ANY_HOST) ? ['VHOST'] : []),
    ...(hosts.includes(ANY_HOST) && pathType === undefined ? ['PATH_TYPE'] : []),
    ...(weight !== 0 && !(weight === 1 && path !== undefined) ? ['BACKEND_WEIGHT'] : []),
    ...Object.keys(templates).filter((name) => hasEffect(name, templates[name] as string)),
  ];
}

/** Returns whether a label says something: others are reported as unknown or count as not there. An empty template replaces one. */
function hasEffect(name: string, text: string): boolean {
  if (isTemplateName(name) && templateLabels[name]) return true;
  return serviceRows.has(name) && text.trim() !== '';
}

function allowsLabel(list: LabelList, name: string): boolean {
  if ('deny' in list) return !list.deny.some((each) => isNamed(each, name));
  return ALWAYS.has(name) || list.allow.some((each) => isNamed(each, name));
}

/** Whether a service is served here at all: no list has to name them. */
const ALWAYS: ReadonlySet<string> = new Set(['GROUP', 'ENABLED']);

function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

interface Breach extends Pick<Problem, 'app' | 'label' | 'service'> {
  readonly rule: PolicyRule;
  /** The key of the rule. */
  readonly key: string;
  /** What is not allowed. */
  readonly what: string;
  readonly fix: string;
  /** The whole app is not served. */
  readonly isApp?: boolean;
}

function denial({ rule, key, app, label, service, what, fix, isApp = false }: Breach): Denial {
  return {
    code: 'policy-denied',
    app,
    ...(service !== undefined && { service }),
    label,
    detail: `the policy denies ${what} (rule "${key}" of ${rule.prefix}); the ${isApp ? 'app' : 'service'} is not served`,
    fix: `${fix}, or ask the operator (--policy)`,
    rule: rule.prefix,
  };
}

const SHOWN = 5;

function some(values: readonly string[]): string {
  const more = values.length - SHOWN;
  return `${values.slice(0, SHOWN).join(', ').slice(0, 300)}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Returns what to do about a label of whose values only some are allowed. */
function choose(label: string, what: string, allowed: readonly string[] = []): string {
  return allowed.length === 0 ? `take ${label} away` : `let ${label} have ${what} of ${some(allowed)}`;
}
