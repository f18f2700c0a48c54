import type { Alert } from '../haproxy/alerts.ts';
import { byAppAndPort } from '../model/build.ts';
import type { Problem } from '../model/problem.ts';
import { isSame as areSame } from '../model/same.ts';
import type { Service, ServiceDefinition } from '../model/service.ts';
import type { ConfigDocument } from '../render/document.ts';
import { blame, serviceKey } from './blame.ts';
import { labelAtFault } from './label-at-fault.ts';
import { search } from './search.ts';
import { definitionOf, effectOf, standIn } from './stand-in.ts';
import { withPlaces } from './whereabouts.ts';

export interface QuarantineRequest {
  readonly services: readonly Service[];
  readonly render: (services: readonly Service[]) => ConfigDocument;
  /** What HAProxy refuses; empty: it accepts the document. */
  readonly check: (doc: ConfigDocument) => Promise<readonly Alert[]>;
  /** Service key → the last definition that HAProxy accepted. */
  readonly lastGood: ReadonlyMap<string, ServiceDefinition>;
  /**
   * Service key → definition that was refused before: not tried again while it is the same. Left out or empty (at a
   * resync): everything is tried, as a missing certificate may be there now.
   */
  readonly rejected?: ReadonlyMap<string, Rejection> | undefined;
  /** Hard bound on the number of checks. */
  readonly maxChecks?: number | undefined;
}

export interface Rejection {
  readonly definition: ServiceDefinition;
  readonly message: string;
  /** The label that it is about, where that can be told. */
  readonly label: string | undefined;
}

/** `refused` is the first document that HAProxy refused, to be kept for reading. */
export type QuarantineResult =
  | {
      readonly kind: 'accepted';
      readonly doc: ConfigDocument;
      /** What the document was rendered from. */
      readonly services: readonly Service[];
      readonly problems: readonly Problem[];
      readonly checks: number;
      readonly lastGood: ReadonlyMap<string, ServiceDefinition>;
      readonly rejected: ReadonlyMap<string, Rejection>;
      readonly refused: ConfigDocument | undefined;
    }
  /** No app's mistake: the head, a template of the operator, or all services are refused. Nothing is to change. */
  | {
      readonly kind: 'global';
      readonly alerts: readonly Alert[];
      readonly checks: number;
      readonly refused: ConfigDocument | undefined;
    }
  /** The bound was reached. Nothing is to change. */
  | {
      readonly kind: 'undecided';
      readonly alerts: readonly Alert[];
      readonly checks: number;
      readonly refused: ConfigDocument | undefined;
    };

/**
 * Finds the services that HAProxy refuses and renders the rest: each of them falls back to its last good definition
 * with its current servers, or is left out. Usually one check finds all, a second or third confirms.
 */
export async function quarantine(request: QuarantineRequest): Promise<QuarantineResult> {
  const bound = request.maxChecks ?? 12 + 3 * Math.ceil(Math.log2(request.services.length + 1));
  const wards = request.services.map((service) => createWard(service, request));
  let checks = 0;
  let first: readonly Alert[] = [];
  let refused: ConfigDocument | undefined;
  let sampled = false;

  for (;;) {
    const services = wards.flatMap((ward) => ward.active ?? []).sort(byAppAndPort);
    if (services.length === 0 && wards.length > 0) return { kind: 'global', alerts: first, checks, refused };
    const { doc, alerts } = await tried(services);
    if (alerts.length === 0) return { ...accepted(wards, request), kind: 'accepted', doc, services, checks, refused };
    if (first.length === 0) first = alerts;
    refused ??= doc;
    if (checks >= bound) return { kind: 'undecided', alerts, checks, refused };
    const named = known(blame(doc, alerts), services);
    if (named.size >= MANY && !sampled && (await isEverywhere(services, named)))
      return { kind: 'global', alerts, checks, refused };
    const guilty = named.size > 0 ? named : await searched(services, alerts);
    if (guilty === 'global') return { kind: 'global', alerts, checks, refused };
    if (guilty.size === 0) return { kind: 'undecided', alerts, checks, refused };
    for (const ward of wards) {
      const alert = guilty.get(serviceKey(ward.service));
      if (alert !== undefined && ward.active !== undefined) degrade(ward, faultOf(ward.service, alert));
    }
  }

  async function tried(services: readonly Service[]): Promise<{ doc: ConfigDocument; alerts: readonly Alert[] }> {
    const doc = request.render(services);
    checks += 1;
    return { doc, alerts: withPlaces(doc, await request.check(doc)) };
  }

  /**
   * HAProxy stops after 50 faults: where many are named, a few of the others tell whether all services have the same
   * fault (a template of the operator) without going through all of them.
   */
  async function isEverywhere(services: readonly Service[], named: ReadonlyMap<string, Alert>): Promise<boolean> {
    sampled = true;
    const others = services.filter((service) => !named.has(serviceKey(service)));
    const sample = others.filter((_, at) => at % Math.ceil(others.length / SAMPLE) === 0);
    if (sample.length < SAMPLE) return false;
    const { doc, alerts } = await tried(sample);
    return known(blame(doc, alerts), sample).size === sample.length;
  }

  /** Where HAProxy names nobody: without any service first, then by halves, what changed last first. */
  async function searched(services: readonly Service[], alerts: readonly Alert[]): Promise<Map<string, Alert> | 'global'> {
    const empty = await tried([]);
    if (empty.alerts.length > 0) return 'global';
    const suspects = services.toSorted((a, b) => Number(isGood(a, request)) - Number(isGood(b, request)));
    const place = new Map(services.map((service, at) => [service, at]));
    const found = await search(suspects, bound - checks, async (some) => {
      const probe = await tried(some.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
      return { refused: probe.alerts.length > 0, named: known(blame(probe.doc, probe.alerts), services) };
    });
    if (found.kind === 'named') return found.named;
    const [alert] = alerts;
    return new Map(found.kind === 'one' && alert !== undefined ? [[serviceKey(found.one), alert]] : []);
  }
}

/**
 * The services without those that HAProxy refused before and that are still the same: their last good definition stands in, or
 * nothing. What `quarantine` begins with; the problems are those of the services that are held.
 */
export function withoutRejected(
  services: readonly Service[],
  lastGood: ReadonlyMap<string, ServiceDefinition>,
  rejected: ReadonlyMap<string, Rejection>,
): { readonly services: readonly Service[]; readonly problems: readonly Problem[] } {
  if (rejected.size === 0) return { services, problems: [] };
  const problems: Problem[] = [];
  const left = services.flatMap((service) => {
    if (!rejected.has(serviceKey(service))) return service;
    const { active, fault } = createWard(service, { lastGood, rejected });
    if (fault !== undefined) problems.push(problemOf(service, fault, active !== undefined));
    return active ?? [];
  });
  return { services: left.sort(byAppAndPort), problems };
}

type Accepted = Extract<QuarantineResult, { kind: 'accepted' }>;

/** So many services named at once make it worth a check to look at `SAMPLE` others. */
const MANY = 20;
const SAMPLE = 5;

/** One service and what is served in its place; `active` undefined: left out. */
interface Ward {
  readonly service: Service;
  /** The last good definition with the current servers, where it differs from the service. */
  readonly fallback: Service | undefined;
  active: Service | undefined;
  fault: Fault | undefined;
}

function createWard(service: Service, request: Pick<QuarantineRequest, 'lastGood' | 'rejected'>): Ward {
  const good = request.lastGood.get(serviceKey(service));
  const fallback = good === undefined || isSame(good, service) ? undefined : standIn(good, service);
  const ward: Ward = { service, fallback, active: service, fault: undefined };
  const before = request.rejected?.get(serviceKey(service));
  if (before !== undefined && isSame(before.definition, service)) degrade(ward, before);
  return ward;
}

type Fault = Pick<Rejection, 'message' | 'label'>;

function faultOf(service: Service, { message, text }: Alert): Fault {
  return { message, label: labelAtFault(service, text) };
}

function degrade(ward: Ward, fault: Fault): void {
  ward.active = ward.active === ward.service ? ward.fallback : undefined;
  ward.fault ??= fault;
}

/** What is to be remembered and said after HAProxy accepted what is active. */
function accepted(wards: readonly Ward[], request: QuarantineRequest): Pick<Accepted, 'problems' | 'lastGood' | 'rejected'> {
  // A service that is away now (no task) keeps its last good definition.
  const lastGood = new Map(request.lastGood);
  const rejected = new Map<string, Rejection>();
  const problems: Problem[] = [];
  for (const { service, active, fault } of wards) {
    const key = serviceKey(service);
    if (active === service) lastGood.set(key, service);
    if (fault === undefined) continue;
    rejected.set(key, { definition: service, message: fault.message, label: fault.label });
    problems.push(problemOf(service, fault, active !== undefined));
  }
  return { problems, lastGood: bounded(lastGood, wards), rejected };
}

/** Services that are long gone are forgotten. */
function bounded(
  lastGood: ReadonlyMap<string, ServiceDefinition>,
  wards: readonly Ward[],
): ReadonlyMap<string, ServiceDefinition> {
  if (lastGood.size <= 2 * wards.length + 1000) return lastGood;
  const present = new Set(wards.map(({ service }) => serviceKey(service)));
  return new Map([...lastGood].filter(([key]) => present.has(key)));
}

function problemOf(service: Service, { message, label }: Fault, served: boolean): Problem {
  return {
    code: 'haproxy-rejected',
    app: service.app,
    service: service.backend,
    detail: `HAProxy rejects it: ${shortened(message)} (${effectOf(served)} until its labels are mended)`,
    ...(label !== undefined && { label, fix: `mend the label ${label}` }),
  };
}

/** Long messages list every keyword in their middle. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 400 ? line : `${line.slice(0, 250)} … ${line.slice(-140)}`;
}

function known(blamed: Map<string, Alert>, services: readonly Service[]): Map<string, Alert> {
  const keys = new Set(services.map(serviceKey));
  return new Map([...blamed].filter(([key]) => keys.has(key)));
}

function isGood(service: Service, request: QuarantineRequest): boolean {
  const good = request.lastGood.get(serviceKey(service));
  return good !== undefined && isSame(good, service);
}

/** Whether two services are the same but for their servers. */
function isSame(a: ServiceDefinition, b: ServiceDefinition): boolean {
  return a === b || areSame(definitionOf(a), definitionOf(b));
}
