import type { Problem, ProblemCode } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import { type Lack, lackOf, ownValuesOf } from '../labels/from-rows.ts';
import { isTemplateName, templateLabels } from '../labels/template-table.ts';
import { missingFor } from '../labels/template-use.ts';
import { allHosts, ANY_HOST, describeHost } from '../values/network/host-patterns.ts';

/**
 * Returns the labels of a service that have no effect beside the others. The service is served, as 1.15 did. `isDefault`: it gets
 * requests for all hosts (`--default-app`).
 */
export function uselessLabels(service: ServiceDefinition, isDefault = false): readonly Problem[] {
  const problems = ownValuesOf(service).flatMap(({ row, value }): readonly Problem[] => {
    const lack = lackOf(row, value, service);
    if (lack === undefined || (lack === 'host' && isDefault)) return [];
    const label = `HAPROXY_${service.index}_${row.name}`;
    const [detail, fix] = without(lack, service, label);
    return [problemOf(service, 'label-useless', label, detail, fix)];
  });
  problems.push(...uselessTemplates(service));
  if (service.mode === 'tcp' && !service.tlsPassthrough && allHosts(service).length > 0) problems.push(vhostInTcp(service));
  return problems;
}

function uselessTemplates(service: ServiceDefinition): readonly Problem[] {
  return Object.keys(service.templates).flatMap((name): readonly Problem[] => {
    const needs = isTemplateName(name) && templateLabels[name] ? missingFor(name, service) : undefined;
    if (needs === undefined) return [];
    const label = `HAPROXY_${service.index}_${name}`;
    const detail = `${label} has no effect: it needs ${needs.replaceAll('{n}', String(service.index))}`;
    return [problemOf(service, 'label-useless', label, detail, `set that, or take ${label} away`)];
  });
}

function without(lack: Lack, service: ServiceDefinition, label: string): [detail: string, fix: string] {
  if (lack === 'vhost' || lack === 'host') return withoutVhost(service, label);
  if (lack === 'http') return inTcp(service, label);
  const other = `HAPROXY_${service.index}_${'label' in lack ? lack.label : lack.beside}`;
  if ('beside' in lack) return [`${label} has no effect beside ${other}`, `take one of the two away`];
  return [`${label} has no effect without ${other}`, `set ${other}, or take ${label} away`];
}

function withoutVhost({ index }: ServiceDefinition, label: string): [detail: string, fix: string] {
  const forAny = label === `HAPROXY_${index}_PATH` ? `, or HAPROXY_${index}_PATH_TYPE for any host` : '';
  return [
    `${label} has no effect: service ${index} has no host name`,
    `set HAPROXY_${index}_VHOST${forAny}, or take ${label} away`,
  ];
}

function inTcp({ index }: ServiceDefinition, label: string): [detail: string, fix: string] {
  return [`${label} has no effect: service ${index} is of mode tcp`, `set HAPROXY_${index}_MODE to http, or take ${label} away`];
}

/** HAProxy refuses that: "http frontend cannot use a tcp backend". */
function vhostInTcp(service: ServiceDefinition): Problem {
  const label = `HAPROXY_${service.index}_MODE`;
  const hosts = allHosts(service).map(describeHost);
  const detail = `service ${service.index} has host names (${listed(hosts)}) but is of mode tcp: the shared frontends speak http and cannot lead there`;
  return problemOf(
    service,
    'mode-conflict',
    label,
    detail,
    `set ${label} to http, or take HAPROXY_${service.index}_${service.hostPatterns?.includes(ANY_HOST) ? 'PATH_TYPE' : 'VHOST'} away`,
  );
}

function listed(vhosts: readonly string[]): string {
  const more = vhosts.length > 5 ? ` and ${vhosts.length - 5} more` : '';
  return vhosts.slice(0, 5).join(', ') + more;
}

function problemOf(service: ServiceDefinition, code: ProblemCode, label: string, detail: string, fix: string): Problem {
  return { code, app: service.app, service: service.backend, label, detail, fix };
}
