/** The state of a running load balancer: a read model for `/_mlb/…`, metrics and `marathon-lb status`. */
import { certificateEnds, type CertificateEnd } from '../../certificates/expiry.ts';
import { readBind } from '../../haproxy-config/bind.ts';
import type { OrderOutcome } from '../../certificates/acme/orders/order-due.ts';
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { KnownCertificates } from '../../haproxy/runtime/known-certificates.ts';
import type { HaproxyState } from '../../haproxy/process/heartbeat.ts';
import { redact } from '../../haproxy-config/redact.ts';
import { NEVER } from '../../lib/async/signals.ts';
import { isNote, type Problem } from '../../model/problem.ts';
import { type CertificateProblem, type CertificateTable, NO_CERTIFICATES } from '../../model/certificates/certificate.ts';
import { type ConfigDocument, listsCertificates, type Section } from '../../render/document.ts';
import type { Entry, Journal } from '../journal/journal.ts';
import { reloadKinds } from '../journal/reload-kinds.ts';
import { formatOutcome } from '../journal/log-passes.ts';
import type { SourceContact } from '../journal/source-contact.ts';
import type { PolicyStatus } from '../policy-watch.ts';
import { type CertificatesStatus, certificatesStatus, endsByHost, endsOf } from './certificates.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { countServers, type ServerStates } from './server-states.ts';

/** Plain data, made when it is asked for. Times are RFC 3339, ages and durations milliseconds. */
export interface Status extends Readiness {
  readonly version: string;
  readonly marathon: MarathonStatus;
  readonly haproxy: HaproxyStatus;
  readonly services: readonly ServiceStatus[];
  /** Mistakes of apps, the longest known first; notes are those that cost nothing. */
  readonly findings: readonly Finding[];
  /** Certificates that HAProxy serves, the soonest end first. */
  readonly certificates: readonly CertificateEnd[];
  /** Pairs that cannot be used, and sources that cannot be read; left out: there are none. */
  readonly certificateProblems?: readonly CertificateProblem[] | undefined;
  /** Likely mistakes of the operator, in sentences. */
  readonly warnings: readonly string[];
  /** Left out: there is no policy (`--policy`). */
  readonly policy?: PolicyStatus | undefined;
  /** The last passes that changed or failed, the newest first. */
  readonly passes: readonly PassStatus[];
}

export interface MarathonStatus {
  /** Without credentials. */
  readonly urls: readonly string[];
  /** Left out: not known. */
  readonly leader?: string | undefined;
  /** Since anything came from Marathon; left out: nothing came yet. */
  readonly heardAgo?: number | undefined;
  /** Since its apps were read last. */
  readonly readAgo?: number | undefined;
  readonly streamsOpened: number;
  readonly streamsLost: number;
}

export interface HaproxyStatus {
  readonly state: HaproxyState;
  /** Left out: not known. */
  readonly version?: string | undefined;
  /** Workers of earlier configurations that still have connections. */
  readonly oldWorkers?: number | undefined;
  /** Servers that wait for their last session before they are removed. */
  readonly leaving?: number | undefined;
  /** Reloads since midnight (local time), or since the start of the program, by what changed; one reload may have several causes. */
  readonly reloadsToday: Readonly<Record<string, number>>;
}

export interface ServiceStatus {
  readonly app: string;
  readonly index: number;
  /** Name of the backend. */
  readonly backend: string;
  readonly servers: readonly ServerStatus[];
}

export interface ServerStatus {
  readonly name: string;
  readonly task: string;
  /** Left out: the template writes a line that is not understood. */
  readonly address?: string | undefined;
  /** `down` by HAProxy's own check; `unknown` while HAProxy does not answer. */
  readonly state: 'up' | 'draining' | 'down' | 'unknown';
}

export interface Finding extends Problem {
  readonly kind: 'problem' | 'note';
  /** When it was found first, by this run of the program. */
  readonly since: string;
}

export interface PassStatus {
  readonly id: number;
  readonly at: string;
  readonly cause: string;
  readonly outcome: string;
  readonly text: string;
  readonly tookMs: number;
}

/** The parts that cost little at any time, for metrics. */
export interface Figures {
  readonly isReady: boolean;
  readonly marathon: Omit<MarathonStatus, 'urls' | 'leader'>;
  readonly haproxy: HaproxyState;
  readonly servers: ServerStates;
  readonly oldWorkers?: number | undefined;
  readonly leaving?: number | undefined;
  /** When the certificate of each host ends, in seconds since 1970. */
  readonly certificateEnds: ReadonlyMap<string, number>;
  /** Whether each store of certificates could be read the last time, by name; left out: there is none. */
  readonly certificateStores?: Readonly<Record<string, boolean>> | undefined;
  /** How many orders of certificates came to each end; left out: none are ordered. */
  readonly orders?: OrderCounts | undefined;
}

type OrderCounts = Readonly<Record<OrderOutcome, number>>;

export interface StatusSource {
  readiness(): Readiness;
  figures(): Promise<Figures>;
  status(): Promise<Status>;
  certificates(): Promise<CertificatesStatus>;
}

export interface StatusParts {
  readonly version: string;
  readonly journal: Pick<Journal, 'subscribe' | 'latest'>;
  readonly contact: SourceContact;
  /** Seconds between reads of everything. */
  readonly resyncInterval: number;
  readonly marathon: () => Pick<MarathonStatus, 'urls' | 'leader'>;
  /** Left out: HAProxy is not watched. */
  readonly haproxy?: () => HaproxyState;
  readonly haproxyVersion?: () => string | undefined;
  /** The parts that only HAProxy and the machine know. */
  readonly counts?: () => Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** Asks HAProxy which servers are down (`backend/server`); left out if none is known to be down. */
  readonly down?: DownServers;
  readonly warnings?: () => readonly string[];
  /** Returns the certificates that count; left out: nothing is known of them. */
  readonly certificates?: () => CertificateTable;
  /** Asks HAProxy which certificates it has. */
  readonly known?: KnownCertificates;
  /** How many orders of certificates came to each end; left out: none are ordered. */
  readonly orders?: () => OrderCounts;
  /** Left out: there is no policy. */
  readonly policy?: () => PolicyStatus | undefined;
  readonly now: () => Date;
}

/** Follows the journal from now on. */
export function createStatus(parts: StatusParts): StatusSource {
  const { journal, contact, version, now } = parts;
  const haproxy = parts.haproxy ?? ((): HaproxyState => 'unknown');
  const readiness = createReadiness(journal, contact, { resyncInterval: parts.resyncInterval }, haproxy);
  const since = new Map<string, string>();
  let passes: readonly PassStatus[] = [];
  let reloads: { readonly day: string; readonly byKind: Record<string, number> } = { day: '', byKind: {} };
  let problems: readonly Problem[] = [];
  let running: ConfigDocument | undefined;

  const follow = (entry: Entry): void => {
    const { outcome, at } = entry;
    running = entry.after;
    if (outcome.kind !== 'unchanged') passes = [passStatus(entry), ...passes].slice(0, MOST_PASSES);
    if (outcome.kind === 'reload' && outcome.attempts > 0) {
      const day = dayOf(at);
      if (day !== reloads.day) reloads = { day, byKind: {} };
      for (const kind of reloadKinds(entry)) reloads.byKind[kind] = (reloads.byKind[kind] ?? 0) + 1;
    }
    // A pass that failed before it decided did not look at the apps.
    if ((outcome.kind === 'failed' && entry.stages.build === undefined) || entry.problems === problems) return;
    problems = entry.problems;
    const keys = new Set(problems.map(keyOf));
    for (const key of since.keys()) if (!keys.has(key)) since.delete(key);
    for (const key of keys) if (!since.has(key)) since.set(key, at.toISOString());
  };
  if (journal.latest) follow(journal.latest);
  journal.subscribe(follow);

  const counts = async (): Promise<{ readonly oldWorkers?: number; readonly leaving?: number }> =>
    (await parts.counts?.().catch(() => undefined)) ?? {};
  const marathon = (): Figures['marathon'] => ({
    heardAgo: contact.lastSeenAgo(),
    readAgo: contact.readAgo(),
    streamsOpened: contact.opened,
    streamsLost: contact.lost,
  });

  const table = (): CertificateTable => parts.certificates?.() ?? NO_CERTIFICATES;
  /** Returns what HAProxy runs, if it answers. */
  const answering = (): ConfigDocument | undefined => (haproxy() === 'silent' || haproxy() === 'gone' ? undefined : running);

  return {
    readiness,
    async figures() {
      const servers = countServers(running);
      const certificateEnds = endsByHost(table().certificates);
      return {
        isReady: readiness().ready,
        marathon: marathon(),
        haproxy: haproxy(),
        servers,
        certificateEnds,
        certificateStores: table().stores,
        orders: parts.orders?.(),
        ...(await counts()),
      };
    },
    async certificates() {
      const asked = answering();
      return certificatesStatus(table(), asked && (await parts.known?.(asked, NEVER)));
    },
    async status() {
      const asked = answering();
      const down = asked && ((await parts.down?.(asked, NEVER)) ?? NONE);
      const { problems: certificateProblems } = table();
      const reloadsToday = reloads.day === dayOf(now()) ? reloads.byKind : {};
      const policy = parts.policy?.();
      const ready = readiness();
      return {
        ...ready,
        problems: ready.problems + (policy?.fault === undefined ? 0 : 1) + certificateProblems.length,
        version,
        marathon: { ...parts.marathon(), ...marathon() },
        haproxy: { state: haproxy(), version: parts.haproxyVersion?.(), ...(await counts()), reloadsToday },
        services: (running?.sections ?? []).flatMap((section) => serviceStatus(section, down) ?? []),
        findings: problems
          .map((problem) => findingOf(problem, since.get(keyOf(problem)) ?? now().toISOString()))
          .toSorted((a, b) => (a.since < b.since ? -1 : Number(a.since > b.since))),
        certificates:
          running !== undefined && listsCertificates(running)
            ? endsOf(running.certificates ?? [])
            : await certificateEnds(certificatesIn(running)),
        ...(certificateProblems.length > 0 && { certificateProblems }),
        warnings: parts.warnings?.() ?? [],
        ...(policy !== undefined && { policy }),
        passes,
      };
    },
  };
}

/** Returns the paths that the `bind` lines of a configuration name with `crt` (HAProxy configuration manual, section 5.1). */
function certificatesIn(running: ConfigDocument | undefined): readonly string[] {
  const paths = new Set<string>();
  for (const { kind, blocks } of running?.sections ?? []) {
    if (kind !== 'frontend' && kind !== 'head') continue;
    for (const line of blocks.flatMap(({ text }) => text.split('\n'))) {
      if (!line.includes('crt')) continue;
      const params = readBind(line)?.params ?? [];
      for (const [at, word] of params.entries()) if (word === 'crt') paths.add(params[at + 1] ?? '');
    }
  }
  return [...paths];
}

const MOST_PASSES = 20;

const MOST_CHARACTERS = 1000;

const NONE: ReadonlySet<string> = new Set();

/** The day in local time, as all times are shown. */
function dayOf(at: Date): string {
  return at.toDateString();
}

function keyOf({ app, service, code, label, detail }: Problem): string {
  return [app, service, code, label, detail].join('\n');
}

function findingOf(problem: Problem, since: string): Finding {
  return { ...problem, kind: isNote(problem) ? 'note' : 'problem', since };
}

function passStatus({ id, at, cause, outcome, sinceCause }: Entry): PassStatus {
  const text = redact(formatOutcome(outcome)).slice(0, MOST_CHARACTERS);
  return { id, at: at.toISOString(), cause, outcome: outcome.kind, text, tookMs: Math.round(sinceCause) };
}

/** Returns undefined for a section that is no backend of a service; `down` is undefined while HAProxy does not answer. */
function serviceStatus({ owner, servers, name }: Section, down: ReadonlySet<string> | undefined): ServiceStatus | undefined {
  if (owner === undefined || servers === undefined) return undefined;
  return {
    app: owner.app,
    index: owner.index,
    backend: name,
    servers: servers.map((server): ServerStatus => {
      const { spec, taskId, isDraining } = server;
      return {
        name: server.name,
        task: taskId,
        address: spec.address,
        state: stateOf(isDraining, down?.has(`${name}/${server.name}`)),
      };
    }),
  };
}

function stateOf(isDraining: boolean, isDown: boolean | undefined): ServerStatus['state'] {
  if (isDraining) return 'draining';
  return isDown === undefined ? 'unknown' : isDown ? 'down' : 'up';
}
