/**
 * Reads an app as Marathon ordinarily gives it. The schema (`schema.ts`) says what is allowed and what is wrong with the rest; this
 * is a shortcut to the same result for what is plainly right, because 10,000 apps have to be cheap (`bench/`).
 */
import type { HealthCheck } from '../../../model/workload.ts';
import { APP_ID } from '../../../model/app-id.ts';
import type { AppDefinition, MarathonApp, PortDefinition, PortMapping, TaskDefinition } from './dialects.ts';
import { workloadOf } from './dialects.ts';
import { MOST_ELEMENTS } from './limits.ts';

/** The app, or undefined where anything is out of the ordinary: the schema has the word then. Never throws, whatever `raw` is. */
export function readApp(raw: unknown): MarathonApp | undefined {
  try {
    return app(members(raw));
  } catch (error) {
    if (error === UNUSUAL) return undefined;
    throw error;
  }
}

const UNUSUAL = new Error('not what Marathon ordinarily sends');

type Members = Readonly<Record<string, unknown>>;

function app(raw: Members): MarathonApp {
  const definition: AppDefinition = {
    id: appId(raw['id']),
    instances: number(raw['instances']),
    labels: labels(raw['labels']),
    container: optional(raw['container'], container),
    ipAddress: optional(raw['ipAddress'], ipAddress),
    networks: list(raw['networks'], (network) => ({ mode: text(members(network)['mode']) })),
    ports: list(raw['ports'], existingPort),
    portDefinitions: list(raw['portDefinitions'], portDefinition),
    healthChecks: list(raw['healthChecks'], healthCheck),
    version: text(raw['version']),
    versionInfo: optional(raw['versionInfo'], versionInfo),
  };
  return workloadOf(definition, list(raw['tasks'], task) ?? []);
}

function task(value: unknown): TaskDefinition {
  const raw = members(value);
  return {
    id: id(raw['id']),
    host: knownHost(word(raw['host'])),
    ports: list(raw['ports'], existingPort),
    ipAddresses: list(raw['ipAddresses'], (address) => ({ ipAddress: word(members(address)['ipAddress']) })),
    state: text(raw['state']),
    healthCheckResults: list(raw['healthCheckResults'], (result) => ({ alive: flag(members(result)['alive']) })),
    version: raw['version'],
  };
}

/** One string for all tasks of a host. */
const hosts = new Map<string, string>();

function knownHost(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  const known = hosts.get(host);
  if (known !== undefined) return known;
  if (hosts.size >= 10_000) hosts.clear();
  hosts.set(host, host);
  return host;
}

function container(raw: Members): AppDefinition['container'] {
  const docker = optional(raw['docker'], (own) => ({
    network: text(own['network']),
    portMappings: list(own['portMappings'], portMapping),
  }));
  return { docker, portMappings: list(raw['portMappings'], portMapping) };
}

function portMapping(value: unknown): PortMapping {
  const raw = members(value);
  return {
    containerPort: port(raw['containerPort']),
    hostPort: port(raw['hostPort']),
    servicePort: port(raw['servicePort']),
    name: text(raw['name']),
    protocol: text(raw['protocol']),
  };
}

function portDefinition(value: unknown): PortDefinition {
  const raw = members(value);
  return { port: port(raw['port']), name: text(raw['name']), protocol: text(raw['protocol']) };
}

function ipAddress(raw: Members): AppDefinition['ipAddress'] {
  return { discovery: optional(raw['discovery'], (discovery) => ({ ports: list(discovery['ports'], discoveryPort) })) };
}

function discoveryPort(value: unknown): { readonly number: number } {
  return { number: existingPort(members(value)['number']) };
}

function versionInfo(raw: Members): AppDefinition['versionInfo'] {
  return { lastScalingAt: text(raw['lastScalingAt']), lastConfigChangeAt: text(raw['lastConfigChangeAt']) };
}

function healthCheck(value: unknown): HealthCheck {
  const raw = members(value);
  const index = raw['portIndex'];
  return {
    protocol: line(raw['protocol']),
    path: line(raw['path']),
    port: port(raw['port']),
    portIndex: typeof index === 'number' ? whole(index) : line(index),
    gracePeriodSeconds: number(raw['gracePeriodSeconds']),
    intervalSeconds: number(raw['intervalSeconds']),
    timeoutSeconds: number(raw['timeoutSeconds']),
    maxConsecutiveFailures: number(raw['maxConsecutiveFailures']),
  };
}

/** Those of others are not looked at. */
function labels(value: unknown): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  if (value === undefined || value === null) return own;
  const raw = members(value);
  for (const name in raw) {
    const label = name.startsWith('HAPROXY_') ? text(raw[name]) : undefined;
    if (label !== undefined) own[name] = label;
  }
  return own;
}

function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw UNUSUAL;
  return value as Members;
}

function optional<T>(value: unknown, read: (raw: Members) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(members(value));
}

/** Long lists, and those with nulls in them, are left to the schema. */
function list<T>(value: unknown, read: (element: unknown) => T): T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > MOST_ELEMENTS) throw UNUSUAL;
  // Of the right length at once: `push` would set 17 places aside for the first element, and there are 100,000 such lists.
  const result = Array<T>(value.length);
  for (let at = 0; at < value.length; at += 1) result[at] = read(value[at]);
  return result;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  throw UNUSUAL;
}

/** What is not plainly printable is left to the schema. */
const WORD = /^[!-~]*$/;
const LINE = /^[ -~]*$/;

function word(value: unknown): string | undefined {
  const given = text(value);
  if (given !== undefined && !WORD.test(given)) throw UNUSUAL;
  return given;
}

function line(value: unknown): string | undefined {
  const given = text(value);
  if (given !== undefined && !LINE.test(given)) throw UNUSUAL;
  return given;
}

function appId(value: unknown): string {
  const given = id(value);
  if (!APP_ID.test(given)) throw UNUSUAL;
  return given;
}

function id(value: unknown): string {
  const given = word(value);
  if (given === undefined || given === '') throw UNUSUAL;
  return given;
}

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return undefined;
  throw UNUSUAL;
}

function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw UNUSUAL;
  return value;
}

function port(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : existingPort(value);
}

function existingPort(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535) throw UNUSUAL;
  return value;
}

function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null) return undefined;
  throw UNUSUAL;
}
