/** A service while HAProxy checks it: what is served in its place if HAProxy rejects it. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Bind } from '../../haproxy-config/wanted-binds.ts';
import type { Problem } from '../../model/problem.ts';
import { isSame as areSame } from '../../lib/deep-equal.ts';
import type { OwnRules, Server, Service, ServiceDefinition } from '../../model/service.ts';
import { adviceFor } from '../../translate/advice.ts';
import { serviceKey } from '../alerts/attribute.ts';
import { fixFor } from '../alerts/remedies.ts';
import { findOffendingLabel } from '../alerts/offending-label.ts';
import { type Addresses, isUnresolved, pinned } from './pinned-addresses.ts';
import { definitionOf, effectOf, type LastGood, fallbackTo, withoutOwnRules } from './fallback.ts';

/** A definition that HAProxy rejected: not tried again while it is the same, unless `retry-watch` finds it due. */
export interface Rejection {
  readonly definition: ServiceDefinition;
  /** With these servers. */
  readonly servers: readonly Server[];
  /** The fault is in a server line: other servers are worth a try. */
  readonly isOfServers: boolean;
  /** Paths that HAProxy's message or the labels name: when one changes it is tried again. */
  readonly files: readonly string[];
  readonly message: string;
  /** The label at fault; undefined if it is not known. */
  readonly label: string | undefined;
  /** The address that HAProxy cannot bind now; undefined if the fault is another one. */
  readonly bind: Bind | undefined;
  /** The replacement for a directive that HAProxy removed. */
  readonly advice?: string;
  /** The addresses that HAProxy had when a name did not resolve; undefined if the fault is another one. */
  readonly addresses?: Addresses | undefined;
  /** A reload failed for it, though the check had passed. */
  readonly isOfStart?: boolean;
  /** The number of fallbacks that HAProxy rejected before the one that is served now. */
  readonly steps: number;
  /** The service that replaces it. */
  readonly effect: Effect;
}

/** The replacements for services that HAProxy rejects. */
export type Effect = (typeof EFFECTS)[number];
export const EFFECTS = ['nothing', 'last-labels', 'last-servers', 'last-addresses'] as const;

/** The services that HAProxy rejected, by key. */
export type Rejections = ReadonlyMap<string, Rejection>;

/** One service and what is served in its place; `active` undefined: left out. */
export interface Candidate {
  readonly service: Service;
  /**
   * The last good definition with the current servers, if it differs from the service; else, of a service whose servers have several
   * definitions, the service with one for all.
   */
  readonly fallback: Service | undefined;
  /** The service as HAProxy accepted it last, with those of its servers that still run; undefined if none does. */
  readonly lastLines: Service | undefined;
  /** The number of rejections. */
  steps: number;
  /** Whether HAProxy accepted it, or its last good definition, before. */
  readonly isGood: boolean;
  /** With addresses for the names that do not resolve; undefined: not needed yet, or there are none. */
  pinned: Service | undefined;
  active: Service | undefined;
  effect: Effect;
  fault: Fault | undefined;
  /** The rejection of an earlier check that still holds: HAProxy was not asked again. */
  before: Rejection | undefined;
}

type Fault = Omit<Rejection, 'definition' | 'servers' | 'steps' | 'effect'>;

/** The findings of earlier checks. */
export interface Past {
  /** Service key → the last definition that HAProxy accepted. */
  readonly lastGood: LastGood;
  /** Left out or empty (at a resync): everything is tried, as a missing certificate may be there now. */
  readonly rejected?: Rejections | undefined;
  /** The services in HAProxy, each with the servers that it accepted; left out: not known. */
  readonly served?: Served | undefined;
  /** Returns whether other servers than those that were refused may be tried now; left out: they may. */
  readonly mayRetry?: ((key: string) => boolean) | undefined;
}

type Served = readonly Pick<Service, 'app' | 'index' | 'servers'>[];

/** Returns a candidate with the service itself, or with its fallback if HAProxy rejected it before. */
export function createCandidate(service: Service, { lastGood, rejected, served, mayRetry = () => true }: Past): Candidate {
  const key = serviceKey(service);
  const good = lastGood.get(key);
  const fallback = good === undefined || isSame(good, service) ? withoutOwnRules(service) : fallbackTo(good, service);
  const lastLines = good === undefined ? undefined : withLastServers(fallback ?? service, served);
  const candidate: Candidate = {
    service,
    fallback,
    lastLines,
    isGood: good !== undefined,
    pinned: undefined,
    steps: 0,
    active: service,
    effect: 'nothing',
    fault: undefined,
    before: undefined,
  };
  const before = rejected?.get(key);
  if (before === undefined || !isSame(before.definition, service)) return candidate;
  if (!areSame(ownRules(before), ownRules(service))) return candidate;
  if (before.isOfServers && !areSame(before.servers, service.servers) && mayRetry(key)) return candidate;
  for (let step = 0; step < before.steps; step += 1) fallBack(candidate, before);
  candidate.before = before;
  return candidate;
}

/**
 * Falls back after a rejection: to the last good definition; if a name does not resolve, to that definition with the addresses that HAProxy
 * had; after a fault in a server line, to the servers that HAProxy accepted last; then to nothing.
 */
export function fallBack(candidate: Candidate, fault: Fault): void {
  const { active, service, fallback, lastLines } = candidate;
  candidate.fault ??= fault;
  candidate.before = undefined;
  candidate.steps += 1;
  candidate.effect = 'nothing';
  candidate.active = undefined;
  const use = (stand: Service | undefined, effect: Effect): boolean => {
    if (stand === undefined) return false;
    candidate.active = stand;
    candidate.effect = effect;
    return true;
  };
  if (active === service && use(fallback, 'last-labels')) return;
  const isPinned = candidate.pinned !== undefined;
  if (candidate.isGood && !isPinned && fault.addresses !== undefined) {
    candidate.pinned = pinned(fallback ?? service, fault.addresses);
    if (use(candidate.pinned, 'last-addresses')) return;
  }
  if (fault.isOfServers && active !== lastLines) use(lastLines, 'last-servers');
}

/** Returns the service with the servers that HAProxy accepted last; undefined if they are the same, or none of them still runs. */
function withLastServers(service: Service, served: Served | undefined): Service | undefined {
  const last = served && lastOf(served).get(serviceKey(service));
  if (last === undefined) return undefined;
  const present = new Set(service.servers.map(({ taskId }) => taskId));
  const servers = last.filter(({ taskId }) => present.has(taskId));
  return servers.length === 0 || areSame(servers, service.servers) ? undefined : { ...service, servers };
}

/** Returns the servers by service key, made once for all services. */
function lastOf(served: Served): ReadonlyMap<string, readonly Server[]> {
  const known = lastByServed.get(served) ?? new Map(served.map((service) => [serviceKey(service), service.servers]));
  lastByServed.set(served, known);
  return known;
}

const lastByServed = new WeakMap<Served, ReadonlyMap<string, readonly Server[]>>();

/** `addresses`: what HAProxy has for names. */
export function faultOf(service: Service, { message, text, bind }: Alert, addresses: Addresses = new Map()): Fault {
  const advice = text === undefined ? undefined : adviceFor(text);
  return {
    ...(isUnresolved(message) && { addresses }),
    message,
    label: findOffendingLabel(service, text, message),
    bind,
    isOfServers: /^(?:default-)?server\b/.test(text ?? '') || /'server [^']+'|another server named/.test(message),
    files: filesIn([message, text, service.sslCert, service.bindOptions]),
    ...(advice !== undefined && { advice }),
  };
}

/** Returns the absolute paths in HAProxy's message and in labels. */
function filesIn(texts: readonly (string | undefined)[]): readonly string[] {
  const found = texts.flatMap((text) => Array.from(text?.matchAll(/(?<![\w:/])\/[\w.+@/-]+/g) ?? [], ([path]) => path));
  return [...new Set(found)].slice(0, MOST_FILES);
}

const MOST_FILES = 10;

/** Returns whether HAProxy accepted the service as it is. */
export function isGood(service: Service, lastGood: LastGood): boolean {
  const good = lastGood.get(serviceKey(service));
  return good !== undefined && isSame(good, service);
}

/** Returns the problem of a service that HAProxy rejects; undefined if there is none. */
export function problemOf({ service, fault, effect }: Candidate): Problem | undefined {
  return fault === undefined ? undefined : rejectionProblem(service, fault, effect);
}

/** Returns the problem of a rejected service. */
export function rejectionProblem(service: ServiceDefinition, { message, label, bind, advice }: Fault, effect: Effect): Problem {
  const [what, end] =
    bind === undefined
      ? ['rejects it', 'HAProxy accepts it; it is retried every minute']
      : ['would not start with it', 'it can be bound'];
  return {
    code: 'haproxy-rejected',
    app: service.app,
    service: service.backend,
    detail: `HAProxy ${what}: ${shortened(message)} (${formatEffect(effect)} until ${end})`,
    ...(label !== undefined && { label }),
    ...(label !== undefined && advice !== undefined
      ? { fix: `change the label ${label}: ${advice}` }
      : fixFor(message, service, label)),
  };
}

/** Returns what is served instead, in words. */
function formatEffect(effect: Effect): string {
  if (effect === 'last-servers') return 'it is served with the servers that HAProxy accepted last';
  if (effect === 'last-addresses') return 'it is served with the addresses that HAProxy had for its names';
  return effectOf(effect !== 'nothing');
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

/** Returns whether two services are the same but for their servers. */
function isSame(a: ServiceDefinition, b: ServiceDefinition): boolean {
  return a === b || areSame(definitionOf(a), definitionOf(b));
}
