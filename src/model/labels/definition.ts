/** Makes the definition of a service of an app and its labels. */
import { healthCheckOf } from '../tasks/health.ts';
import type { LabelType, ValueOf } from './values.ts';
import { definitionFaults } from './definition-faults.ts';
import { isEmpty, parseLabel, parseOnce, remarksOf } from './parse-label.ts';
import {
  fieldRows,
  type LabelFields,
  type ServiceLabelName,
  type ServiceLabelType,
  serviceRows,
  typedRowsOf,
  type TypedValues,
  withRedirected,
} from './from-rows.ts';
import { backendName } from '../names.ts';
import { allowedTemplates, FULL, type TemplatePolicy } from '../policy/allowed-templates.ts';
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import type { HealthCheck, Workload } from '../workload.ts';
import { withPorts } from '../values/network/addresses.ts';
import { ANY_HOST } from '../values/network/host-patterns.ts';
import { DEFAULT_LIMITS, type LabelLimits } from '../values/limits.ts';
import { shown } from '../values/parsed.ts';
import { withPassthrough } from './passthrough.ts';
import { parsePathsAs, parsePathType, type PathType } from '../values/path-types.ts';

/** The labels of one service port, by name without `HAPROXY_{n}_`. */
export type ServiceLabels = Readonly<Record<string, string>>;

/** The outcome of the labels of a service port. */
export interface Defined {
  /** Undefined if the service must not be served with these labels. */
  readonly definition: ServiceDefinition | undefined;
  /** Problems and notes that cost at most the label itself. */
  readonly problems: readonly Problem[];
  /** The problems for which the service is not served; empty if there is a definition. */
  readonly refused: readonly Problem[];
}

/** Returns the service `index` of an app on the port that Marathon gives (or that was assigned). */
export function defineService(
  app: Workload,
  index: number,
  port: number,
  own: ServiceLabels,
  limits: LabelLimits = DEFAULT_LIMITS,
  policy: TemplatePolicy = FULL,
): Defined {
  const problems: Problem[] = [];
  const refused: Problem[] = [];
  const pathType = pathTypeOf(own);
  const readRow = (name: string): unknown => {
    const text = own[name]?.replace(/^\n+|\n+$/g, '');
    if (text === undefined || isEmpty(text)) return undefined;
    const label = `HAPROXY_${index}_${name}`;
    const row = serviceRows.get(name);
    const parse = name === 'PATH' ? (paths: string) => parsePathsAs(pathType, paths) : undefined;
    const type = row?.type as LabelType;
    const parsed = row?.renders === undefined ? parseLabel(type, text, limits, parse) : parseOnce(type, text, limits);
    if ('must' in parsed) {
      const detail = `${label} is ${row?.isSecret ? 'not right' : shown(text)}, it ${parsed.must}`;
      if (row?.refused === 'label') {
        problems.push({ code: 'label-malformed', app: app.id, label, detail: `${detail} (the service is served without it)` });
      } else refused.push({ code: 'label-malformed', app: app.id, label, detail });
      return undefined;
    }
    problems.push(...remarksOf(app.id, label, parsed));
    return parsed.value;
  };
  const read = <N extends ServiceLabelName>(name: N) => readRow(name) as ValueOf<ServiceLabelType<N>> | undefined;

  const servicePort = read('PORT') ?? port;
  const hosts = read('VHOST');
  const typed = withoutGroupCanary(app, index, readTyped(own, readRow), problems);
  const mode = read('MODE');
  let fields = readFields(readRow);
  const passes = fields.tlsPassthrough === true && mode !== 'http';
  if (fields.tlsPassthrough === true) {
    const passed = withPassthrough(app.id, index, fields, mode);
    ({ fields } = passed);
    problems.push(...passed.problems);
    refused.push(...passed.refused);
  }
  const { path, healthCheckPortIndex, bindAddr } = fields;
  // A path that cannot match keeps all requests for the hosts away.
  const isUnreachable = path === '';
  const weight = read('BACKEND_WEIGHT') ?? 0;
  // 1.15 ignores a PATH without hosts: only the new label makes it count for all of them.
  const isForAnyHost = path !== undefined && !/[^\s,]/.test(own['VHOST'] ?? '') && !isEmpty(own['PATH_TYPE'] ?? '');
  const hostPatterns = isForAnyHost ? [ANY_HOST] : hosts?.hostPatterns;
  const ownCheck = healthCheckOf(app, index);
  const borrowed = ownCheck || healthCheckPortIndex === undefined ? undefined : healthCheckOf(app, healthCheckPortIndex);
  const healthCheck = ownCheck ?? borrowed;
  const written: ServiceDefinition = {
    ...fields,
    app: app.id,
    index,
    servicePort,
    backend: backendName(app.id, servicePort),
    mode: passes
      ? 'tcp'
      : speaksHttp(borrowed)
        ? 'http'
        : (mode ?? defaultMode(healthCheck, isForAnyHost || /[^\s,]/.test(own['VHOST'] ?? ''))),
    vhosts: isUnreachable ? [] : passes ? (hosts?.vhosts ?? []) : withRedirected(hosts?.vhosts ?? [], typed),
    hostPatterns: isUnreachable ? undefined : hostPatterns,
    hostname: isUnreachable ? undefined : hosts?.hostname,
    path: isUnreachable ? undefined : path,
    bindAddr: withPorts(bindAddr, servicePort),
    weight: path !== undefined && weight === 0 ? 1 : weight,
    healthCheck,
    typed,
    templates: templateOverrides(own),
  };
  refused.push(...definitionFaults(written, limits));
  const { definition, problems: denied } = allowedTemplates(written, policy);
  problems.push(...denied);
  const named = (problem: Problem): Problem => ({ ...problem, service: definition.backend });
  return {
    definition: refused.length > 0 ? undefined : definition,
    problems: problems.map(named),
    refused: refused.map(named),
  };
}

/** Returns how the paths of a service are compared: what PATH must be depends on it. */
function pathTypeOf(own: ServiceLabels): PathType {
  const parsed = parsePathType(own['PATH_TYPE'] ?? '');
  return 'value' in parsed ? parsed.value : undefined;
}

/** Returns a definition with the fields of the labels; the others are blank. */
function readFields(read: (name: string) => unknown): ServiceDefinition {
  const fields: Record<string, unknown> = { ...BLANK };
  for (const { name, field } of fieldRows) {
    const value = read(name);
    if (value !== undefined) fields[field] = value;
  }
  return fields as unknown as ServiceDefinition;
}

/** A definition with all its fields: V8 copies it several times faster than it adds fields to an object. */
const BLANK: ServiceDefinition = {
  app: '',
  index: 0,
  servicePort: 0,
  backend: '',
  mode: 'tcp',
  vhosts: [],
  hostPatterns: undefined,
  hostname: undefined,
  weight: 0,
  healthCheck: undefined,
  typed: undefined,
  templates: {},
  ...(Object.fromEntries(fieldRows.map(({ field, absent }) => [field, absent])) as unknown as LabelFields),
};

/** Returns the values of the labels that render lines. Returns undefined if there are none, as of most services. */
function readTyped(own: ServiceLabels, read: (name: string) => unknown): TypedValues | undefined {
  let typed: Record<string, unknown> | undefined;
  for (const { name } of typedRowsOf(own)) {
    const value = read(name);
    if (value !== undefined) (typed ??= {})[name] = value;
  }
  return typed;
}

/** Any app may use any name for its deployment group, so the name does not prove who owns the app. */
function withoutGroupCanary(
  app: Workload,
  index: number,
  typed: TypedValues | undefined,
  problems: Problem[],
): TypedValues | undefined {
  if (typed?.['CANARY_OF'] === undefined || app.labels['HAPROXY_DEPLOYMENT_GROUP'] === undefined) return typed;
  const label = `HAPROXY_${index}_CANARY_OF`;
  const detail = `${label} has no effect: an app with HAPROXY_DEPLOYMENT_GROUP cannot be a canary`;
  problems.push({ code: 'canary-unused', app: app.id, label, detail, fix: 'take one of the two labels away' });
  const { CANARY_OF: _main, CANARY_WEIGHT: _weight, CANARY_MATCH: _match, ...others } = typed;
  return others;
}

/** Returns all labels of an app by the index of their service port. */
export function labelsByIndex(app: Workload): ReadonlyMap<number, ServiceLabels> {
  const byIndex = new Map<number, Record<string, string>>();
  for (const label in app.labels) {
    const match = /^HAPROXY_(\d{1,5})_(.+)$/.exec(label);
    if (!match) continue;
    const index = Number(match[1]);
    const own = byIndex.get(index) ?? {};
    own[match[2] as string] = (app.labels[label] as string).replaceAll('\r\n', '\n');
    byIndex.set(index, own);
  }
  return byIndex;
}

/** Returns whether a health check that a service takes through `…_HEALTHCHECK_PORT_INDEX` makes it `http`, as in 1.15. */
function speaksHttp(check: HealthCheck | undefined): boolean {
  return check !== undefined && ['HTTP', 'HTTPS', 'MESOS_HTTP', 'MESOS_HTTPS'].includes(check.protocol ?? 'HTTP');
}

function templateOverrides(own: ServiceLabels): Readonly<Record<string, string>> {
  let overrides: Record<string, string> | undefined;
  for (const name in own) if (!serviceRows.has(name)) (overrides ??= {})[name] = own[name] as string;
  return overrides ?? NONE;
}

const NONE: Readonly<Record<string, string>> = {};

/** Returns the mode of a service that has no label for it. */
export function defaultMode(check: HealthCheck | undefined, hasHosts: boolean): 'http' | 'tcp' {
  return check?.protocol === 'HTTP' || hasHosts ? 'http' : 'tcp';
}
