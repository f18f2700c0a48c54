/** A service on trial: what is served in its place while HAProxy is asked. */
import type { Alert } from '../haproxy/alerts.ts';
import type { Bind } from '../haproxy/binds.ts';
import type { Problem } from '../model/problem.ts';
import { isSame as areSame } from '../model/same.ts';
import type { Service, ServiceDefinition } from '../model/service.ts';
import { adviceFor } from '../translate/advice.ts';
import { serviceKey } from './blame.ts';
import { labelAtFault } from './label-at-fault.ts';
import { definitionOf, effectOf, type LastGood, standIn } from './stand-in.ts';

/** A definition that HAProxy refused: not tried again while it is the same. */
export interface Rejection {
  readonly definition: ServiceDefinition;
  readonly message: string;
  /** The label that it is about, where that can be told. */
  readonly label: string | undefined;
  /** It is only that this address cannot be had now. */
  readonly bind: Bind | undefined;
  /** What to write in the place of a word that HAProxy gave up. */
  readonly advice?: string;
}

/** Service key → what HAProxy refused of it. */
export type Rejections = ReadonlyMap<string, Rejection>;

/** One service and what is served in its place; `active` undefined: left out. */
export interface Ward {
  readonly service: Service;
  /** The last good definition with the current servers, where it differs from the service. */
  readonly fallback: Service | undefined;
  active: Service | undefined;
  fault: Fault | undefined;
}

type Fault = Omit<Rejection, 'definition'>;

/** What HAProxy said before of services. */
export interface Past {
  /** Service key → the last definition that HAProxy accepted. */
  readonly lastGood: LastGood;
  /** Left out or empty (at a resync): everything is tried, as a missing certificate may be there now. */
  readonly rejected?: Rejections | undefined;
}

/** The service itself, or its fallback if it was refused before. */
export function createWard(service: Service, { lastGood, rejected }: Past): Ward {
  const good = lastGood.get(serviceKey(service));
  const fallback = good === undefined || isSame(good, service) ? undefined : standIn(good, service);
  const ward: Ward = { service, fallback, active: service, fault: undefined };
  const before = rejected?.get(serviceKey(service));
  if (before !== undefined && isSame(before.definition, service)) degrade(ward, before);
  return ward;
}

/** HAProxy refuses what is active: the fallback takes its place, then nothing. */
export function degrade(ward: Ward, fault: Fault): void {
  ward.active = ward.active === ward.service ? ward.fallback : undefined;
  ward.fault ??= fault;
}

export function faultOf(service: Service, { message, text, bind }: Alert): Fault {
  const advice = text === undefined ? undefined : adviceFor(text);
  return { message, label: labelAtFault(service, text), bind, ...(advice !== undefined && { advice }) };
}

/** Whether HAProxy accepted the service as it is. */
export function isGood(service: Service, lastGood: LastGood): boolean {
  const good = lastGood.get(serviceKey(service));
  return good !== undefined && isSame(good, service);
}

/** What is to be said of a service that HAProxy refuses; undefined: nothing. */
export function problemOf({ service, active, fault }: Ward): Problem | undefined {
  if (fault === undefined) return undefined;
  const { message, label, bind, advice } = fault;
  const effect = effectOf(active !== undefined);
  const [what, end] =
    bind === undefined ? ['rejects it', 'its labels are mended'] : ['would not start with it', 'it can be bound'];
  return {
    code: 'haproxy-rejected',
    app: service.app,
    service: service.backend,
    detail: `HAProxy ${what}: ${shortened(message)} (${effect} until ${end})`,
    ...(label !== undefined && { label, fix: `mend the label ${label}${advice === undefined ? '' : `: ${advice}`}` }),
  };
}

/** Long messages list every keyword in their middle. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 400 ? line : `${line.slice(0, 250)} … ${line.slice(-140)}`;
}

/** Whether two services are the same but for their servers. */
function isSame(a: ServiceDefinition, b: ServiceDefinition): boolean {
  return a === b || areSame(definitionOf(a), definitionOf(b));
}
