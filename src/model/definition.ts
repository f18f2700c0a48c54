/** From an app and its labels to what a service is (compatibility.md, sections 3 and 5). */
import { isEmpty } from './empty-labels.ts';
import { healthCheckOf } from './health.ts';
import {
  type Parsed,
  parseAuth,
  parseBoolean,
  parseEachPattern,
  parseInteger,
  parseMode,
  parsePatterns,
  parsePort,
  parseText,
} from './label-values.ts';
import { labels } from './labels.ts';
import { backendName } from './names.ts';
import type { Problem } from './problem.ts';
import type { ServiceDefinition } from './service.ts';
import type { App, HealthCheck } from './snapshot.ts';

/** The labels of one service port, by name without `HAPROXY_{n}_`. */
export type ServiceLabels = Readonly<Record<string, string>>;

/**
 * The service `index` of an app on the port that Marathon gives (or that was assigned).
 * Labels that do not parse make the service a list of problems.
 */
export function defineService(app: App, index: number, port: number, own: ServiceLabels): ServiceDefinition | Problem[] {
  const problems: Problem[] = [];
  const read = <T>(name: string, parse: (text: string) => Parsed<T>): T | undefined => {
    const text = own[name]?.replace(/^\n+|\n+$/g, '');
    if (text === undefined || isEmpty(name, text)) return undefined;
    const parsed = /[\n\r\0]/.test(text) ? { must: 'must be one line' } : parse(text);
    if ('value' in parsed) return parsed.value;
    const label = `HAPROXY_${index}_${name}`;
    const shown = name === 'AUTH' ? 'not right' : JSON.stringify(text);
    problems.push({ code: 'label-malformed', app: app.id, label, detail: `${label} is ${shown}, it ${parsed.must}` });
    return undefined;
  };

  const servicePort = read('PORT', parsePort) ?? port;
  const hostname = read('VHOST', parseEachPattern)?.toLowerCase();
  const path = read('PATH', parsePatterns);
  const weight = read('BACKEND_WEIGHT', parseInteger) ?? 0;
  const mode = read('MODE', parseMode);
  const ownCheck = healthCheckOf(app, index);
  const healthCheckPortIndex = read('BACKEND_HEALTHCHECK_PORT_INDEX', parseInteger);
  const borrowed = ownCheck || healthCheckPortIndex === undefined ? undefined : healthCheckOf(app, healthCheckPortIndex);
  const healthCheck = ownCheck ?? borrowed;
  const definition: ServiceDefinition = {
    app: app.id,
    index,
    servicePort,
    backend: backendName(app.id, servicePort),
    mode: speaksHttp(borrowed) ? 'http' : (mode ?? defaultMode(healthCheck, hostname)),
    balance: read('BALANCE', parseText) ?? 'roundrobin',
    vhosts: hostname?.split(/[,\s]+/).filter((vhost) => vhost !== '') ?? [],
    hostname,
    path,
    auth: read('AUTH', parseAuth),
    sticky: read('STICKY', parseBoolean) ?? false,
    redirectToHttps: read('REDIRECT_TO_HTTPS', parseBoolean) ?? false,
    hsts: read('USE_HSTS', parseBoolean) ?? false,
    sslCert: read('SSL_CERT', parseText),
    bindOptions: read('BIND_OPTIONS', parseText),
    bindAddr: read('BIND_ADDR', parseText) ?? '*',
    weight: path !== undefined && weight === 0 ? 1 : weight,
    networkAllowed: read('BACKEND_NETWORK_ALLOWED_ACL', parseEachPattern),
    proxypassPath: read('HTTP_BACKEND_PROXYPASS_PATH', parseText),
    revproxyPath: read('HTTP_BACKEND_REVPROXY_PATH', parseText),
    redirPath: read('HTTP_BACKEND_REDIR', parseText),
    healthCheck,
    healthCheckPortIndex,
    templates: templateOverrides(own),
  };
  return problems.length > 0 ? problems.map((problem) => ({ ...problem, service: definition.backend })) : definition;
}

/** All labels of an app by the index of their service port. */
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

/** Where a service takes a health check through `…_HEALTHCHECK_PORT_INDEX`, these protocols make it `http` (1.15). */
function speaksHttp(check: HealthCheck | undefined): boolean {
  return check !== undefined && ['HTTP', 'HTTPS', 'MESOS_HTTP', 'MESOS_HTTPS'].includes(check.protocol ?? 'HTTP');
}

const SERVICE_LABELS: ReadonlySet<string> = new Set(labels.filter((row) => row.per === 'service').map((row) => row.name));

function templateOverrides(own: ServiceLabels): Readonly<Record<string, string>> {
  let overrides: Record<string, string> | undefined;
  for (const name in own) if (!SERVICE_LABELS.has(name)) (overrides ??= {})[name] = own[name] as string;
  return overrides ?? NONE;
}

const NONE: Readonly<Record<string, string>> = {};

function defaultMode(check: HealthCheck | undefined, hostname: string | undefined): 'http' | 'tcp' {
  return check?.protocol === 'HTTP' || hostname !== undefined ? 'http' : 'tcp';
}
