/** A service on trial: what is served in its place while HAProxy is asked. */
import type { Alert } from '../haproxy/alerts.ts';
import type { Bind } from '../haproxy/binds.ts';
import type { Problem } from '../model/problem.ts';
import { isSame as areSame } from '../model/same.ts';
import type { OwnRules, Service, ServiceDefinition } from '../model/service.ts';
import { serviceKey } from './blame.ts';
import { labelAtFault } from './label-at-fault.ts';
import { definitionOf, effectOf, type LastGood, standIn, withoutOwnRules } from './stand-in.ts';

/** A definition that HAProxy refused: not tried again while it is the same. */
export interface Rejection {
  readonly definition: ServiceDefinition & Partial<Pick<Service, 'servers'>>;
  readonly message: string;
  /** The label that it is about, where that can be told. */
  readonly label: string | undefined;
  /** It is only that this address cannot be had now. */
  readonly bind: Bind | undefined;
}

/** Service key → what HAProxy refused of it. */
export type Rejections = ReadonlyMap<string, Rejection>;

/** One service and what is served in its place; `active` undefined: left out. */
export interface Ward {
  readonly service: Service;
  /**
   * The last good definition with the current servers, where it differs from the service; else, of a service whose servers have several
   * definitions, the service with one for all.
   */
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
  const fallback = good === undefined || isSame(good, service) ? withoutOwnRules(service) : standIn(good, service);
  const ward: Ward = { service, fallback, active: service, fault: undefined };
  const before = rejected?.get(serviceKey(service));
  if (before !== undefined && isSame(before.definition, service) && areSame(ownRules(before.definition), ownRules(service))) {
    degrade(ward, before);
  }
  return ward;
}

/** HAProxy refuses what is active: the fallback takes its place, then nothing. */
export function degrade(ward: Ward, fault: Fault): void {
  ward.active = ward.active === ward.service ? ward.fallback : undefined;
  ward.fault ??= fault;
}

export function faultOf(service: Service, { message, text, bind }: Alert): Fault {
  return { message, label: labelAtFault(service, text), bind };
}

/** Whether HAProxy accepted the service as it is. */
export function isGood(service: Service, lastGood: LastGood): boolean {
  const good = lastGood.get(serviceKey(service));
  return good !== undefined && isSame(good, service);
}

/** What is to be said of a service that HAProxy refuses; undefined: nothing. */
export function problemOf({ service, active, fault }: Ward): Problem | undefined {
  if (fault === undefined) return undefined;
  const { message, label, bind } = fault;
  const effect = effectOf(active !== undefined);
  const [what, end] =
    bind === undefined ? ['rejects it', 'its labels are mended'] : ['would not start with it', 'it can be bound'];
  return {
    code: 'haproxy-rejected',
    app: service.app,
    service: service.backend,
    detail: `HAProxy ${what}: ${shortened(message)} (${effect} until ${end})`,
    ...(label !== undefined && { label, fix: `mend the label ${label}` }),
  };
}

/** Long messages list every keyword in their middle. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 400 ? line : `${line.slice(0, 250)} … ${line.slice(-140)}`;
}

/** The rules that servers have for themselves, each once: they may be what is refused. */
function ownRules({ servers = [] }: Partial<Pick<Service, 'servers'>>): readonly OwnRules[] {
  return [...new Set(servers.flatMap(({ own }) => own ?? []))];
}

/** Whether two services are the same but for their servers. */
function isSame(a: ServiceDefinition, b: ServiceDefinition): boolean {
  return a === b || areSame(definitionOf(a), definitionOf(b));
}
