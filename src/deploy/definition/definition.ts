/** The app definition that is deployed, and the app that is made of it. */
import { startedAt } from '../../model/groups/draining-side.ts';
import type { Workload } from '../../model/workload.ts';
import {
  type AppJson,
  hasAllOf,
  isJsonObject,
  servicePortsOf,
  withServicePorts,
} from '../../sources/marathon/deploys/definition-json.ts';
import { DeployError } from '../error.ts';
import { type Colour, label, numberLabel, otherColour } from './labels.ts';
import type { AppState } from '../types.ts';
import { messageOf } from '../../lib/errors.ts';

/** A definition with all that a deploy needs; the rest of it is Marathon's business. */
export interface Definition {
  readonly json: AppJson;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly group: string;
  /** Service ports in order; the definition itself gives the first. */
  readonly ports: readonly number[];
  /** The port of the other colour; 0 if Marathon chooses. */
  readonly altPorts: readonly number[];
  readonly instances: number;
}

/** Reads a definition. Throws a `DeployError`: `arguments` if it is no JSON object, `missing-field` with all missing fields. */
export function readDefinition(text: string, path: string): Definition {
  const json = parseObject(text.replace(/^\uFEFF/, ''), path);
  const labels = isJsonObject(json['labels']) ? stringsOf(json['labels']) : undefined;
  const id = typeof json['id'] === 'string' ? json['id'] : '';
  const group = labels?.[label.group] ?? '';
  const ports = servicePortsOf(json);
  const altPorts = (labels?.[label.altPort] ?? '').split(',').map((port) => Number(port.trim()));
  const missing = [
    ...(id === '' ? ['id'] : []),
    ...(labels === undefined ? ['labels'] : []),
    ...(group === '' ? [`label ${label.group}`] : []),
    ...(isPort(altPorts[0]) && altPorts.every(isPort) ? [] : [`label ${label.altPort} (a port other than the service port)`]),
    ...(isPort(ports[0]) ? [] : ['a service port (portDefinitions, ports or portMappings with servicePort)']),
  ];
  if (missing.length > 0 || labels === undefined) {
    throw new DeployError('missing-field', `${path}: missing or not usable: ${missing.join(', ')}; add it to the app definition`);
  }
  const twin = altPorts.find((port) => ports.includes(port));
  if (twin !== undefined) {
    throw new DeployError(
      'missing-field',
      `${path}: label ${label.altPort} names ${twin}, a service port of the app itself; name a free one`,
    );
  }
  const { instances = 1 } = json;
  if (typeof instances !== 'number' || !Number.isInteger(instances) || instances < 0) {
    throw new DeployError('missing-field', `${path}: instances is no whole number`);
  }
  return { json, id, labels, group, ports, altPorts, instances };
}

/** Returns the app to create beside `running`: the other colour on the other ports. Without `running` it is the first of its group. */
export function newApp(
  definition: Definition,
  running: AppState | undefined,
  options: { readonly initialInstances: number; readonly newInstances: number; readonly start: Start },
): AppJson {
  const base = definition.id.replace(/^\/*|\/+$/g, '');
  const other: Colour = running === undefined ? 'blue' : otherColour(running.app);
  // One that was put there by hand has no colour, but may have the name.
  const colour: Colour = running?.app.id === `/${base}-${other}` ? 'green' : other;
  const target = running === undefined ? definition.instances : (running.app.instances ?? 0);
  const newInstances = running === undefined ? 0 : options.newInstances;
  if (newInstances > target) {
    throw new DeployError('arguments', `--new-instances ${newInstances}: the group has only ${target} instances`);
  }
  const counts = [target, options.initialInstances, ...(newInstances > 0 ? [newInstances] : [])];
  const shown = definition.ports.map((port, index) => {
    return port || (running === undefined ? 0 : (numberLabel(running.app, label.port(index)) ?? ownPorts(running)[index] ?? 0));
  });
  const ports = isOnOwnPort(running, definition)
    ? definition.ports.map((_, at) => definition.altPorts[at] ?? 0)
    : definition.ports;
  return {
    ...withServicePorts(definition.json, ports),
    id: `${definition.id.replace(/\/+$/, '')}-${colour}`,
    instances: running === undefined ? target : Math.min(...counts),
    labels: {
      ...definition.labels,
      [label.appId]: definition.id,
      ...Object.fromEntries(shown.flatMap((port, index) => (port === 0 ? [] : [[label.port(index), String(port)]]))),
      [label.colour]: colour,
      [label.started]: startOf(options.start, running?.app),
      [label.target]: String(target),
      [label.newInstances]: String(newInstances),
    },
  };
}

/** When a deploy begins. */
export interface Start {
  readonly now: Date;
  /** 0 to 999, the microseconds: two deploys that begin in the same millisecond differ. */
  readonly nonce: number;
}

/** As 1.15 prints it: sorted keys, two blanks. */
export function printDefinition(value: unknown): string {
  return JSON.stringify(sorted(value), undefined, 2);
}

/** Returns whether an app has all that the definition names, but for what each deploy sets itself. */
export function isDeployed({ json }: Definition, { raw, app }: AppState): boolean {
  const { id: _, instances: __, labels, ports: ___, ...rest } = json;
  return (
    app.labels[label.started] !== undefined &&
    hasAllOf(raw, { ...rest, labels }) &&
    servicePortsOf(raw).length === servicePortsOf(json).length
  );
}

/** Returns whether an app is the one that was created, without a difference. Marathon may leave out fields that it does not keep. */
export function isCreated(app: AppJson, { raw, app: { labels } }: AppState): boolean {
  const { id: _, instances: __, ...rest } = app;
  const asked = isJsonObject(app['labels']) ? app['labels'][label.started] : undefined;
  return labels[label.started] === asked && hasAllOf(raw, rest, 'kept');
}

function parseObject(text: string, path: string): AppJson {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DeployError('arguments', `${path} is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!isJsonObject(parsed)) throw new DeployError('arguments', `${path} is no JSON object: one app definition is needed`);
  return parsed;
}

function stringsOf(labels: AppJson): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function isPort(port: number | undefined): boolean {
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536;
}

/** The later one is new: never before the running app, whatever the clocks of those who deployed say. */
function startOf({ now, nonce }: Start, running: Workload | undefined): string {
  const before = running === undefined ? undefined : startedAt(running);
  const earliest = before === undefined || !Number.isFinite(before) ? 0 : Math.floor(before / 1000) + 1;
  const time = new Date(Math.max(now.getTime(), earliest)).toISOString().replace(/Z$/, '');
  return `${time}${String(nonce).padStart(3, '0')}`;
}

function isOnOwnPort(running: AppState | undefined, { ports }: Definition): boolean {
  return running !== undefined && ownPorts(running)[0] === ports[0];
}

function ownPorts({ raw }: AppState): readonly number[] {
  return servicePortsOf(raw);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
