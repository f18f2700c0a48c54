import type { Alert } from '../../haproxy/check/alerts.ts';
import { byAppAndPort } from '../../model/build.ts';
import type { Service } from '../../model/service.ts';
import { type ConfigDocument, ownerOf } from '../../render/document.ts';
import { attributeAlerts, serviceKey } from '../alerts/attribute.ts';
import { findOffendingLabel } from '../alerts/offending-label.ts';
import { type Findings, findingsOf } from './findings.ts';
import { type Addresses, isUnresolved } from './pinned-addresses.ts';
import { type Probe, search } from './bisect.ts';
import { createCandidate, fallBack, faultOf, isGood, type Past } from './candidate.ts';
import { withLocations } from '../alerts/locate.ts';

export interface QuarantineRequest extends Past {
  readonly services: readonly Service[];
  readonly render: (services: readonly Service[]) => ConfigDocument;
  /** The services that HAProxy rejects; empty: it accepts the document. */
  readonly check: (doc: ConfigDocument) => Promise<readonly Alert[]>;
  /** Which addresses the running HAProxy has for host names; left out: none are known. */
  readonly addresses?: (() => Promise<Addresses>) | undefined;
  /** Hard bound on the number of checks. */
  readonly maxChecks?: number | undefined;
}

/** `global`: no app's mistake, but the head's, a template's of the operator, or all services are refused; `undecided`: the bound was reached. */
export type QuarantineResult = (Accepted | Undecided) & {
  readonly checks: number;
  /** The first document that HAProxy refused, to be kept for reading. */
  readonly refused: ConfigDocument | undefined;
};

interface Accepted extends Findings {
  readonly kind: 'accepted';
  readonly doc: ConfigDocument;
  /** What the document was rendered from. */
  readonly services: readonly Service[];
}

/** Nothing is to change. */
interface Undecided {
  readonly kind: 'global' | 'undecided';
  readonly alerts: readonly Alert[];
}

/**
 * Finds the services that HAProxy refuses and renders the rest: each of them falls back to its last good definition
 * with its current servers, or is left out. Usually one check finds all, a second or third confirms.
 */
export async function quarantine(request: QuarantineRequest): Promise<QuarantineResult> {
  const bound = request.maxChecks ?? 12 + 3 * Math.ceil(Math.log2(request.services.length + 1));
  const candidates = request.services.map((service) => createCandidate(service, request));
  let checks = 0;
  let first: readonly Alert[] = [];
  let refused: ConfigDocument | undefined;
  let sampled = false;
  let addresses: Addresses | undefined;

  for (;;) {
    const services = candidates.flatMap((candidate) => candidate.active ?? []).sort(byAppAndPort);
    if (services.length === 0 && candidates.length > 0) return { kind: 'global', alerts: first, checks, refused };
    const { doc, alerts } = await tried(services);
    if (alerts.length === 0)
      return { kind: 'accepted', ...findingsOf(candidates, request.lastGood), doc, services, checks, refused };
    if (first.length === 0) first = alerts;
    refused ??= doc;
    if (checks >= bound) return { kind: 'undecided', alerts, checks, refused };
    const named = known(attributeAlerts(doc, alerts), services);
    if (named.size >= MANY && !sampled && (await isEverywhere(services, named)))
      return { kind: 'global', alerts, checks, refused };
    const guilty = named.size > 0 ? named : await searched(doc, services, alerts);
    if (guilty === 'global') return { kind: 'global', alerts, checks, refused };
    if (guilty.size === 0) return { kind: 'undecided', alerts, checks, refused };
    if (addresses === undefined && [...guilty.values()].some(({ message }) => isUnresolved(message)))
      addresses = await request.addresses?.();
    for (const candidate of candidates) {
      const alert = guilty.get(serviceKey(candidate.service));
      if (alert !== undefined && candidate.active !== undefined)
        fallBack(candidate, faultOf(candidate.service, alert, addresses));
    }
  }

  async function tried(services: readonly Service[]): Promise<{ doc: ConfigDocument; alerts: readonly Alert[] }> {
    const doc = request.render(services);
    checks += 1;
    return { doc, alerts: withLocations(doc, await request.check(doc)) };
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
    return known(attributeAlerts(doc, alerts), sample).size === sample.length;
  }

  /** Returns whether each of a few services alone brings up the same line, which is of no app: that of a shared frontend. */
  async function isCommon(doc: ConfigDocument, services: readonly Service[], alerts: readonly Alert[]): Promise<boolean> {
    const [alert] = alerts;
    const text = alert?.text;
    if (alert?.line === undefined || text === undefined || ownerOf(doc, alert.line) !== undefined) return false;
    const some = services.filter((_, at) => at % Math.ceil(services.length / MOST_COMMON) === 0);
    for (const service of some) {
      if (findOffendingLabel(service, text, alert.message) !== undefined) return false;
      const alone = await tried([service]);
      if (!alone.alerts.some((each) => each.text === text)) return false;
    }
    return some.length > 0;
  }

  /** Searches if HAProxy names no line: without any service first, then by halves, what changed last first. */
  async function searched(
    doc: ConfigDocument,
    services: readonly Service[],
    alerts: readonly Alert[],
  ): Promise<Map<string, Alert> | 'global'> {
    const empty = await tried([]);
    if (empty.alerts.length > 0 || (await isCommon(doc, services, alerts))) return 'global';
    const fresh = services.filter((service) => !isGood(service, request.lastGood));
    const good = services.filter((service) => isGood(service, request.lastGood));
    const place = new Map(services.map((service, at) => [service, at]));
    const probe = async (some: readonly Service[]): Promise<Probe<Alert>> => {
      const { doc, alerts } = await tried(some.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
      return { refused: alerts.length > 0, named: known(attributeAlerts(doc, alerts), services) };
    };
    const found = await search([...fresh, ...good], bound - checks, probe, fresh.length);
    if (found.kind === 'named') return found.named;
    const [alert] = alerts;
    return new Map(found.kind === 'one' && alert !== undefined ? [[serviceKey(found.one), alert]] : []);
  }
}

/** So many services named at once make it worth a check to look at `SAMPLE` others. */
const MANY = 20;
const SAMPLE = 5;
/** So many services alone tell whether a line of a shared frontend is at fault whatever the service. */
const MOST_COMMON = 3;

function known(attributed: Map<string, Alert>, services: readonly Service[]): Map<string, Alert> {
  const keys = new Set(services.map(serviceKey));
  return new Map([...attributed].filter(([key]) => keys.has(key)));
}
