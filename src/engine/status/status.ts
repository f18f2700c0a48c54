/** What a running load balancer knows about itself: a read model for `/_mlb/…`, metrics and `marathon-lb status`. */
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { HaproxyState } from '../../haproxy/process/heartbeat.ts';
import { redact } from '../../haproxy-config/redact.ts';
import { NEVER } from '../../lib/async/signals.ts';
import { isNote, type Problem } from '../../model/problem.ts';
import type { ConfigDocument, Section } from '../../render/document.ts';
import type { Entry, Journal } from '../journal/journal.ts';
import { reloadKinds } from '../journal/reload-kinds.ts';
import { formatOutcome } from '../journal/log-passes.ts';
import type { MarathonContact } from '../journal/marathon-contact.ts';
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
  /** Reloads since midnight (UTC), or since the start of the program, by what changed; one reload may have several causes. */
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

/** What is cheap to know at any time, for metrics. */
export interface Figures {
  readonly isReady: boolean;
  readonly marathon: Omit<MarathonStatus, 'urls' | 'leader'>;
  readonly haproxy: HaproxyState;
  readonly servers: ServerStates;
  readonly oldWorkers?: number | undefined;
  readonly leaving?: number | undefined;
}

export interface StatusSource {
  readiness(): Readiness;
  figures(): Promise<Figures>;
  status(): Promise<Status>;
}

export interface StatusParts {
  readonly version: string;
  readonly journal: Pick<Journal, 'subscribe' | 'latest'>;
  readonly contact: MarathonContact;
  /** Seconds between reads of everything. */
  readonly resyncInterval: number;
  readonly marathon: () => Pick<MarathonStatus, 'urls' | 'leader'>;
  /** Left out: HAProxy is not watched. */
  readonly haproxy?: () => HaproxyState;
  readonly haproxyVersion?: () => string | undefined;
  /** What only HAProxy and the machine know. */
  readonly counts?: () => Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** Asks HAProxy which servers are down (`backend/server`); left out: none is known to be. */
  readonly down?: DownServers;
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

  return {
    readiness,
    async figures() {
      const servers = countServers(running);
      return { isReady: readiness().ready, marathon: marathon(), haproxy: haproxy(), servers, ...(await counts()) };
    },
    async status() {
      const isAsked = running !== undefined && haproxy() !== 'silent' && haproxy() !== 'gone';
      const down = isAsked ? ((await parts.down?.(running as ConfigDocument, NEVER)) ?? NONE) : undefined;
      const reloadsToday = reloads.day === dayOf(now()) ? reloads.byKind : {};
      return {
        ...readiness(),
        version,
        marathon: { ...parts.marathon(), ...marathon() },
        haproxy: { state: haproxy(), version: parts.haproxyVersion?.(), ...(await counts()), reloadsToday },
        services: (running?.sections ?? []).flatMap((section) => serviceStatus(section, down) ?? []),
        findings: problems
          .map((problem) => findingOf(problem, since.get(keyOf(problem)) ?? now().toISOString()))
          .toSorted((a, b) => (a.since < b.since ? -1 : Number(a.since > b.since))),
        passes,
      };
    },
  };
}

const MOST_PASSES = 20;

const MOST_CHARACTERS = 1000;

const NONE: ReadonlySet<string> = new Set();

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
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
