/** Whether HAProxy takes pairs: one that it refuses would keep it from starting, and every later reload from happening. */
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HaproxySettings } from '../config/settings.ts';
import { HaproxyError } from '../haproxy/error.ts';
import { runCheck } from '../haproxy/check/run-check.ts';
import { stampOf } from '../haproxy/process/version-watch.ts';
import { messageOf, systemCode } from '../lib/errors.ts';
import { haproxyEnvironment } from '../lib/process/child-environment.ts';
import { run } from '../lib/process/run.ts';
import type { Logger } from '../log/logger.ts';
import type { Pair } from './pair.ts';

/** What a judge has to see of a pair. */
export type Judged = Pick<Pair, 'pem' | 'digest'>;

/** What is known of pairs, by digest. A pair that is in neither was not judged: HAProxy could not be asked, or not often enough. */
export interface Judgement {
  readonly taken: ReadonlySet<string>;
  /** With the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

export interface PairJudge {
  /** Returns what its answers depend on: they hold as long as it stays the same. Undefined: nobody can be asked. */
  stamp(signal: AbortSignal): Promise<string | undefined>;
  judge(pairs: readonly Judged[], signal: AbortSignal): Promise<Judgement>;
  /** Removes what a process left behind that was killed while it asked. No other one may be asking. */
  removeLeft(): Promise<void>;
}

export interface HaproxyJudgeOptions {
  readonly haproxy: Pick<HaproxySettings, 'binary'>;
  /** Of the configuration: its settings of TLS count. */
  readonly head: string;
  /** A private folder, for the time of a check. */
  readonly folder: string;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How often it asks about some pairs to find those that are refused; 40 by default: HAProxy is started only after that. */
  readonly mostRuns?: number | undefined;
}

/** What HAProxy says of some pairs: undefined if it takes them, else its words. */
type Answer = { readonly refusal: string | undefined };

/** There is no answer: another question would have none, or take too long. */
class NoAnswer extends Error {}

/** Makes a judge that asks `haproxy -c` about many pairs at once, and about each half if that is refused. */
export function createHaproxyJudge({
  haproxy,
  head,
  folder,
  log,
  env = process.env,
  mostRuns = 40,
}: HaproxyJudgeOptions): PairJudge {
  const { binary } = haproxy;
  const settings = tlsLines(head);
  let lastFault: string | undefined;
  let lastLibrary = '';

  /** Returns the TLS library that HAProxy runs with: it can be another one while the program stays the same. */
  const library = async (signal: AbortSignal): Promise<string> => {
    try {
      const { output } = await run(binary, ['-vv'], { signal, timeout: 5000, limit: 100_000, env: haproxyEnvironment(env) });
      lastLibrary = /^Running on (?:OpenSSL|SSL library) version : (.*)$/m.exec(output)?.[1] ?? lastLibrary;
    } catch (error) {
      signal.throwIfAborted();
      log.debug(`HAProxy does not say which TLS library it has: ${messageOf(error)}`);
    }
    return lastLibrary;
  };

  /** Asks about pairs, or, without any, about its settings alone. */
  const ask = async (pairs: readonly Judged[], place: string, signal: AbortSignal): Promise<Answer> => {
    const [config, list] = [join(place, 'haproxy.cfg'), join(place, 'list')];
    await writeFile(list, pairs.map(({ digest }) => `${join(place, digest)}.pem\n`).join(''), { mode: 0o600 });
    const bind = pairs.length === 0 ? '' : ` ssl crt-list ${list}`;
    await writeFile(
      config,
      `global\n${settings}frontend certificates\n  mode tcp\n  timeout client 1s\n  bind 127.0.0.1:1${bind}\n`,
      { mode: 0o600 },
    );
    const result = await runCheck({ binary, config, signal, certificates: pairs.length, env });
    if (result.kind === 'valid') return { refusal: undefined };
    const words = result.alerts.map(({ message }) => message).join(' ');
    // It came to no end, or it crashed.
    if (result.alerts.every(({ line }) => line === undefined)) throw new NoAnswer(words);
    return { refusal: words };
  };

  /** Says once what is wrong for long. */
  const reportFault = (fault: string): void => {
    if (fault !== lastFault) log.warn(fault);
    lastFault = fault;
  };

  const judgeIn = async (
    place: string,
    pairs: readonly Judged[],
    found: { readonly taken: Set<string>; readonly refused: Map<string, string> },
    signal: AbortSignal,
  ): Promise<void> => {
    let runs = 0;
    const search = async (some: readonly Judged[], isWhole = false): Promise<void> => {
      if (some.length === 0) return;
      runs += 1;
      if (runs > mostRuns) throw new NoAnswer(`too many of them are refused to find all with ${mostRuns} questions`);
      const { refusal } = await ask(some, place, signal);
      if (refusal === undefined) {
        for (const { digest } of some) found.taken.add(digest);
        return;
      }
      // Settings of another version of HAProxy say nothing about pairs.
      const fault = isWhole ? (await ask([], place, signal)).refusal : undefined;
      if (fault !== undefined) {
        reportFault(
          `HAProxy cannot be asked about certificates, as it refuses the TLS settings of the configuration: ${reasonIn(fault)}`,
        );
        throw new NoAnswer('its settings are refused');
      }
      // It names the first one that it comes to, and says nothing of those after it.
      const named = some.length === 1 ? some[0] : some.find(({ digest }) => refusal.includes(digest));
      if (named !== undefined) found.refused.set(named.digest, reasonIn(refusal));
      const left = some.filter((pair) => pair !== named);
      const half = Math.ceil(left.length / 2);
      await search(left.slice(0, half));
      await search(left.slice(half));
    };
    for (let at = 0; at < pairs.length; at += AT_ONCE) {
      const some = pairs.slice(at, at + AT_ONCE);
      for (const { pem, digest } of some) await writeFile(join(place, `${digest}.pem`), pem.reveal(), { mode: 0o600 });
      await search(some, true);
    }
    lastFault = undefined;
  };

  return {
    async stamp(signal) {
      const program = stampOf(binary, env);
      return program === undefined
        ? undefined
        : `${program} ${hash('sha256', `${settings}${await library(signal)}`).slice(0, 16)}`;
    },

    async judge(pairs, signal) {
      const found = { taken: new Set<string>(), refused: new Map<string, string>() };
      const unique = [...new Map(pairs.map((pair) => [pair.digest, pair])).values()];
      let place: string | undefined;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        place = await mkdtemp(join(folder, PREFIX));
        await judgeIn(place, unique, found, signal);
      } catch (error) {
        signal.throwIfAborted();
        // A disk that is full or read-only keeps nobody from serving what is there.
        const isForeseen = error instanceof NoAnswer || error instanceof HaproxyError || systemCode(error) !== undefined;
        if (!isForeseen) throw error;
        log.debug(`HAProxy cannot be asked about certificates: ${messageOf(error)}`);
      } finally {
        if (place !== undefined) await remove(place, log);
      }
      return found;
    },

    async removeLeft() {
      const names: readonly string[] = await readdir(folder).catch(() => []);
      for (const name of names) if (name.startsWith(PREFIX)) await remove(join(folder, name), log);
    },
  };
}

const PREFIX = 'certificates-check-';
const AT_ONCE = 1000;

async function remove(place: string, log: Pick<Logger, 'debug'>): Promise<void> {
  await rm(place, { recursive: true, force: true }).catch((error: unknown) => log.debug(messageOf(error)));
}

/** Returns the lines of a configuration that say how certificates are loaded, with all conditions. */
function tlsLines(head: string): string {
  const lines = head
    .split('\n')
    .filter((line) =>
      /^\s*(?:(?:ssl-(?!default-server|server)[\w-]+|tune\.ssl\.[\w.-]+|\.(?:if|elif))\s|\.(?:else|endif)\b)/.test(line),
    );
  return lines.map((line) => `  ${line.trim()}\n`).join('');
}

/** Returns HAProxy's words without places and paths, which are of no file that anybody knows. */
function reasonIn(message: string): string {
  const [, words = message] = /'crt-list' : (.*)$/.exec(message) ?? [];
  return words
    .replace(/^error processing line \d+ in file '[^']*' : /, '')
    .replaceAll(/ (?:from file )?'\/[^']*'/g, '')
    .replace(/[.\s]+$/, '')
    .slice(0, 300);
}
