/** Makes the definition of a service of an app and its labels. */
import type { LabelPolicy } from '../../config/settings.ts';
import { healthCheckOf } from '../tasks/health.ts';
import { type LabelType, parsers, type ValueOf } from './values.ts';
import {
  fieldRows,
  renderingRows,
  type LabelFields,
  type ServiceLabelName,
  type ServiceLabelType,
  serviceRows,
  type TypedValues,
} from './from-rows.ts';
import { backendName } from '../names.ts';
import { allowedTemplates } from '../policy/allowed-templates.ts';
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import type { App, HealthCheck } from '../snapshot.ts';
import { withPorts } from '../values/addresses.ts';
import { DEFAULT_LIMITS, type LabelLimits } from '../values/limits.ts';
import { type Parsed, shown } from '../values/parsed.ts';
import { costlyHashIn } from '../values/password-hash.ts';

/** The labels of one service port, by name without `HAPROXY_{n}_`. */
export type ServiceLabels = Readonly<Record<string, string>>;

/** The outcome of the labels of a service port. */
export interface Defined {
  /** Undefined if the service must not be served with these labels. */
  readonly definition: ServiceDefinition | undefined;
  /** What is wrong with the labels, or was read otherwise, at the cost of at most the label itself. */
  readonly problems: readonly Problem[];
  /** What costs the service; empty if there is a definition. */
  readonly refused: readonly Problem[];
}

/** Returns the service `index` of an app on the port that Marathon gives (or that was assigned). */
export function defineService(
  app: App,
  index: number,
  port: number,
  own: ServiceLabels,
  limits: LabelLimits = DEFAULT_LIMITS,
  policy: LabelPolicy = 'full',
): Defined {
  const problems: Problem[] = [];
  const refused: Problem[] = [];
  const readRow = (name: string): unknown => {
    const text = own[name]?.replace(/^\n+|\n+$/g, '');
    if (text === undefined || isEmpty(text)) return undefined;
    const label = `HAPROXY_${index}_${name}`;
    const row = serviceRows.get(name);
    const parsed = parseLabel(row?.type as LabelType, text, limits);
    if ('must' in parsed) {
      const detail = `${label} is ${name === 'AUTH' ? 'not right' : shown(text)}, it ${parsed.must}`;
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
  const fields = readFields(readRow);
  const { path, healthCheckPortIndex, bindAddr } = fields;
  // A path that cannot match keeps all requests for the hosts away.
  const isUnreachable = path === '';
  const weight = read('BACKEND_WEIGHT') ?? 0;
  const mode = read('MODE');
  const ownCheck = healthCheckOf(app, index);
  const borrowed = ownCheck || healthCheckPortIndex === undefined ? undefined : healthCheckOf(app, healthCheckPortIndex);
  const healthCheck = ownCheck ?? borrowed;
  const written: ServiceDefinition = {
    ...fields,
    app: app.id,
    index,
    servicePort,
    backend: backendName(app.id, servicePort),
    mode: speaksHttp(borrowed) ? 'http' : (mode ?? defaultMode(healthCheck, /[^\s,]/.test(own['VHOST'] ?? ''))),
    vhosts: isUnreachable ? [] : (hosts?.vhosts ?? []),
    hostname: isUnreachable ? undefined : hosts?.hostname,
    path: isUnreachable ? undefined : path,
    bindAddr: withPorts(bindAddr, servicePort),
    weight: path !== undefined && weight === 0 ? 1 : weight,
    healthCheck,
    typed: readTyped(readRow),
    templates: templateOverrides(own),
  };
  refused.push(...templateFaults(written, limits));
  const { definition, problems: denied } = allowedTemplates(written, policy);
  problems.push(...denied);
  const named = (problem: Problem): Problem => ({ ...problem, service: definition.backend });
  return {
    definition: refused.length > 0 ? undefined : definition,
    problems: problems.map(named),
    refused: refused.map(named),
  };
}

/** Reads the value of a label that is not empty. */
export function parseLabel(type: LabelType, text: string, limits: LabelLimits): Parsed<unknown> {
  if (text.length > limits.labelLength) {
    return { must: `must have at most ${limits.labelLength} characters, not ${text.length} (--max-label-length)` };
  }
  return /[\n\r\0]/.test(text) ? { must: 'must be one line' } : parsers[type](text, limits);
}

/** Returns the notes and faults of a label that has a value. */
export function remarksOf(
  app: string,
  label: string,
  parsed: Exclude<Parsed<unknown>, { readonly must: string }>,
): readonly Problem[] {
  const { notes = [], faults = [] } = parsed;
  return [
    ...notes.map((note): Problem => ({ code: 'label-adjusted', app, label, detail: `${label} ${note}` })),
    ...faults.map(({ detail, fix }): Problem => ({ code: 'label-malformed', app, label, detail: `${label} ${detail}`, fix })),
  ];
}

/** Returns whether a label has no value that could count: it is as if it were not there (packages write all labels that they know). */
export function isEmpty(text: string): boolean {
  return text.trim() === '';
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
  hostname: undefined,
  weight: 0,
  healthCheck: undefined,
  typed: undefined,
  templates: {},
  ...(Object.fromEntries(fieldRows.map(({ field, absent }) => [field, absent])) as unknown as LabelFields),
};

/** Returns the values of the labels that render lines. Returns undefined if there are none. */
function readTyped(read: (name: string) => unknown): TypedValues | undefined {
  let typed: Record<string, unknown> | undefined;
  for (const { name } of renderingRows) {
    const value = read(name);
    if (value !== undefined) (typed ??= {})[name] = value;
  }
  return typed;
}

/** Returns the templates that cost the service: too long ones, and password hashes that take seconds to check. */
function templateFaults({ app, index, templates }: ServiceDefinition, { labelLength }: LabelLimits): readonly Problem[] {
  const found: Problem[] = [];
  for (const name in templates) {
    const text = templates[name] as string;
    const label = `HAPROXY_${index}_${name}`;
    const isLong = text.length > labelLength;
    const must = isLong
      ? `has ${text.length} characters, it must have at most ${labelLength} (--max-label-length)`
      : name === 'USERLIST_HEAD'
        ? costlyHashIn(text)
        : undefined;
    if (must !== undefined) found.push({ code: 'label-malformed', app, label, detail: `${label} ${must}` });
  }
  return found;
}

/** Returns all labels of an app by the index of their service port. */
export function labelsByIndex(app: App): ReadonlyMap<number, ServiceLabels> {
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
