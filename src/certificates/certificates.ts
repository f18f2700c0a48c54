/** The certificates of all stores: which pairs count now. */
import type { Logger } from '../log/logger.ts';
import { createLock } from '../lib/async/mutex.ts';
import { messageOf } from '../lib/errors.ts';
import { Secret } from '../lib/secret.ts';
import { areIdentical, isSame } from '../lib/deep-equal.ts';
import {
  type Certificate,
  type CertificateProblem,
  type CertificateTable,
  NO_CERTIFICATES,
} from '../model/certificates/certificate.ts';
import { createAnswers } from './answers.ts';
import type { PairJudge } from './haproxy-judge.ts';
import type { KeptPairs } from './kept-pairs.ts';
import { keyOf, logChanges } from './log-changes.ts';
import { dateFault, type Pair, readPair } from './pair.ts';
import type { CertificateStore, StoredCertificate } from './stores/store.ts';

export interface Certificates {
  /** What counts now; the same object until something changes. */
  readonly current: CertificateTable;
  /** Reads all stores; `onlyReported`: what they reported. Returns whether something else counts now. */
  read(signal: AbortSignal, options?: { readonly onlyReported?: boolean }): Promise<boolean>;
  /** Milliseconds until a pair that could not be used may be complete; undefined: none is that new. */
  readonly nextLookIn: number | undefined;
  /** Calls `changed` when a store reports a change. Returns when no store can report changes (any more), or the signal aborts. */
  watch(changed: () => void, signal: AbortSignal): Promise<void>;
  /** Removes the files of certificates that HAProxy does not need any more: neither one of these paths nor one that counts. */
  forget(inUse: ReadonlySet<string>): Promise<void>;
}

export interface CertificatesDeps {
  readonly stores: readonly CertificateStore[];
  /** Where HAProxy reads the pairs that count; left out: it reads the files of the stores themselves. */
  readonly kept?: KeptPairs;
  /** Is asked about each pair before it counts; left out: nobody is. */
  readonly judge?: PairJudge | undefined;
  readonly log: Logger;
  readonly now: () => Date;
}

/** Milliseconds that a pair may be incomplete before that is a problem: files are often written in two steps. */
const PATIENCE = 2000;

/** Pairs that are checked and written side by side: a disk takes many files in the time of one. */
const AT_ONCE = 32;

export function createCertificates({ stores, kept, judge: haproxy, log, now }: CertificatesDeps): Certificates {
  const known = new Map<CertificateStore, Known>(stores.map((store) => [store, { judged: new Map(), fault: undefined }]));
  let current = NO_CERTIFICATES;
  let isFirst = true;
  /** A look, a signal and the end of a pass may come at one time. */
  const alone = createLock();
  /** Since the disk was waited for. */
  let isWritten = false;
  const answers = createAnswers({ judge: haproxy, kept, log });

  const readStore = async (
    store: CertificateStore,
    options: ReadOptions,
    isAsked: boolean,
    signal: AbortSignal,
  ): Promise<void> => {
    const before = known.get(store) as Known;
    let found: readonly StoredCertificate[];
    try {
      found = await store.read(signal, options);
      const isEmptied = found.length === 0 && [...before.judged.values(), ...(await keptOf(store))].some(isServed);
      // A folder that is not mounted looks like an empty one.
      if (isEmptied) throw new Error('it holds no certificates any more');
    } catch (error) {
      signal.throwIfAborted();
      const those = before.judged.size > 0 ? [...before.judged.values()] : await keptOf(store);
      if (isAsked)
        await answers.ask(
          those.flatMap(({ certificate }) => certificate ?? []),
          signal,
        );
      const judged = new Map(those.map((each) => [each.name, each]));
      for (const each of those) {
        const reason = answers.reasonAgainst(each.certificate);
        if (reason !== undefined) judged.set(each.name, { ...each, certificate: undefined, fault: refusal(reason, undefined) });
      }
      known.set(store, { judged, fault: `cannot be read: ${messageOf(error)}; its certificates of before stay in service` });
      return;
    }
    // Dates are looked at with everything, every minute.
    const isKept = (stored: StoredCertificate): boolean =>
      options.onlyReported === true && !isAsked && before.judged.get(stored.name)?.stored === stored;
    const due = found.filter((stored) => !isKept(stored));
    const looks = await inTurns(due, (stored) => look(store, stored, before.judged.get(stored.name)));
    await answers.ask(
      looks
        .flatMap(({ pair, accepted, isNew }) => [...(isNew || isAsked ? [pair] : []), ...(isAsked ? [accepted] : [])])
        .flatMap((each) => (each === undefined || 'fault' in each ? [] : [each])),
      signal,
    );
    const results = await inTurns(looks, (each) => judge(store, each));
    const fresh = new Map(results.map((result) => [result.name, result]));
    const judged = new Map(
      found.flatMap(({ name }) => fresh.get(name) ?? before.judged.get(name) ?? []).map((each) => [each.name, each]),
    );
    known.set(store, { judged, fault: undefined });
  };

  const keptOf = async (store: CertificateStore): Promise<readonly Judged[]> => {
    const pairs = isFirst ? ((await kept?.ofStore(store.name)) ?? []) : [];
    return pairs.map((certificate) => ({
      name: certificate.name,
      stored: undefined,
      pair: undefined,
      certificate,
      fault: undefined,
      since: now(),
    }));
  };

  const look = async (store: CertificateStore, stored: StoredCertificate, before: Judged | undefined): Promise<Look> => {
    const pair = stored === before?.stored ? before.pair : pairOf(stored);
    const fault = pair === undefined || 'fault' in pair ? pair?.fault : dateFault(pair, now());
    const accepted = before?.certificate ?? (isFirst ? await kept?.find(store.name, stored) : undefined);
    const isNew = pair !== undefined && !('fault' in pair) && accepted?.digest !== pair.digest;
    return { stored, before, pair, fault, accepted, isNew };
  };

  const judge = async (store: CertificateStore, { stored, before, pair, fault, accepted: former }: Look): Promise<Judged> => {
    const accepted = answers.reasonAgainst(former) === undefined ? former : undefined;
    const since = before?.fault === undefined || before.stored === undefined ? now() : before.since;
    const result = { name: stored.name, stored, pair, since };
    const reason = pair === undefined || 'fault' in pair ? undefined : answers.reasonAgainst(pair);
    if (reason !== undefined) return { ...result, certificate: accepted, fault: refusal(reason, accepted) };
    if (pair !== undefined && !('fault' in pair)) {
      const expired = store.servesExpired && fault !== undefined ? `${fault}; it is served all the same` : undefined;
      if (accepted?.digest === pair.digest) return { ...result, certificate: sameAs(accepted, stored), fault: expired };
      if (fault === undefined) return accept(store, result, pair);
      if (accepted === undefined && expired !== undefined) return { ...(await accept(store, result, pair)), fault: expired };
    }
    // HAProxy reads such a file in more ways than this program: a bundle, a key in another file, a key that its settings allow.
    if (kept === undefined && accepted === undefined) {
      if (stored !== before?.stored) log.debug(`${stored.origin} ${fault ?? 'is empty'}; HAProxy reads it itself`);
      return { ...result, certificate: undefined, fault: undefined };
    }
    return { ...result, certificate: accepted, fault: `${fault ?? 'is empty'}; ${rest(accepted)}` };
  };

  const accept = async (store: CertificateStore, result: Omit<Judged, 'certificate' | 'fault'>, pair: Pair): Promise<Judged> => {
    const { name, origin } = result.stored as StoredCertificate;
    const certificate: Certificate = { ...pair, name, origin, path: kept?.pathOf(store.name, name) ?? origin };
    try {
      await kept?.write(certificate);
      isWritten = true;
      return { ...result, certificate, fault: undefined };
    } catch (error) {
      const accepted = known.get(store)?.judged.get(name)?.certificate;
      return {
        ...result,
        stored: undefined,
        certificate: accepted,
        fault: `cannot be taken over: ${messageOf(error)}; ${rest(accepted)}`,
      };
    }
  };

  const tableOf = (): CertificateTable => {
    const all = stores.flatMap((store) => [...(known.get(store)?.judged.values() ?? [])]);
    const certificates = all.flatMap(({ certificate }) => certificate ?? []);
    const problems: CertificateProblem[] = stores.flatMap((store) => {
      const fault = known.get(store)?.fault;
      return fault === undefined ? [] : [{ origin: store.name, detail: fault }];
    });
    const reported = new Set(current.problems.map(keyOf));
    for (const { fault, since, stored, name } of all) {
      if (fault === undefined) continue;
      const problem = { origin: stored?.origin ?? name, detail: fault };
      const isFresh = !isFirst && now().getTime() - since.getTime() < PATIENCE;
      if (!isFresh || reported.has(keyOf(problem))) problems.push(problem);
    }
    const readable = Object.fromEntries(
      stores.filter(({ servesExpired }) => !servesExpired).map((store) => [store.name, known.get(store)?.fault === undefined]),
    );
    const isKept = areIdentical(certificates, current.certificates);
    if (isKept && isSame(problems, current.problems) && isSame(readable, current.stores)) return current;
    return { certificates: isKept ? current.certificates : certificates, problems, stores: readable };
  };

  return {
    get current() {
      return current;
    },

    read: (signal, options = {}) =>
      alone(async () => {
        const isAsked = await answers.begin(signal);
        for (const store of stores) await readStore(store, options, isAsked, signal);
        if (isWritten) await kept?.sync();
        await answers.end();
        isWritten = false;
        const next = tableOf();
        const before = current;
        current = next;
        if (before !== next) logChanges(before, next, isFirst, log);
        isFirst = false;
        return before.certificates !== next.certificates;
      }),

    get nextLookIn() {
      const fresh = [...known.values()].flatMap(({ judged }) => [...judged.values()]).filter(({ fault }) => fault !== undefined);
      const waits = fresh.map(({ since }) => since.getTime() + PATIENCE - now().getTime()).filter((ms) => ms > 0);
      return waits.length === 0 ? undefined : Math.min(...waits) + 50;
    },

    async watch(changed, signal) {
      await Promise.all(stores.map((store) => store.watch(changed, signal)));
    },

    forget: (inUse) =>
      alone(async () => kept?.removeOthers(new Set([...inUse, ...current.certificates.map(({ path }) => path)]))),
  };
}

/** Calls thousands of times without keeping others waiting. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
    await new Promise(setImmediate);
  }
  return results;
}

type ReadOptions = { readonly onlyReported?: boolean };

interface Known {
  /** By name, in the order of the store. */
  readonly judged: ReadonlyMap<string, Judged>;
  /** Why the store could not be read. */
  readonly fault: string | undefined;
}

/** What a store has under a name, and what counted before. */
interface Look {
  readonly stored: StoredCertificate;
  readonly before: Judged | undefined;
  readonly pair: Judged['pair'];
  /** Why it cannot be used, by itself. */
  readonly fault: string | undefined;
  readonly accepted: Certificate | undefined;
  /** It did not count before. */
  readonly isNew: boolean;
}

/** What a store has under a name, and what of it counts. */
interface Judged {
  readonly name: string;
  /** Undefined: it is looked at again in any case. */
  readonly stored: StoredCertificate | undefined;
  readonly pair: Pair | { readonly fault: string } | undefined;
  /** What is served. */
  readonly certificate: Certificate | undefined;
  readonly fault: string | undefined;
  /** When the fault was seen first. */
  readonly since: Date;
}

function pairOf({ content }: StoredCertificate): Judged['pair'] {
  return content instanceof Secret ? readPair(content.reveal()) : content;
}

function sameAs(certificate: Certificate, { origin }: StoredCertificate): Certificate {
  return certificate.origin === origin ? certificate : { ...certificate, origin };
}

function isServed({ certificate }: Judged): boolean {
  return certificate !== undefined;
}

function refusal(reason: string, accepted: Certificate | undefined): string {
  return `is refused by HAProxy (${reason}); ${rest(accepted)}`;
}

function rest(accepted: Certificate | undefined): string {
  return accepted === undefined ? 'it is not served' : 'the certificate of before stays in service';
}
