/** Whether HAProxy takes pairs: one that it refuses would keep it from starting, and every later reload from happening. */
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HaproxySettings } from '../config/settings.ts';
import { HaproxyError } from '../haproxy/error.ts';
import { runCheck } from '../haproxy/check/run-check.ts';
import { stampOf } from '../haproxy/process/version-watch.ts';
import type { Logger } from '../log/logger.ts';
import type { Pair } from './pair.ts';

/** What a judge has to see of a pair. */
export type Judged = Pick<Pair, 'pem' | 'digest'>;

export interface PairJudge {
  /** Returns what its answers depend on: they hold as long as it stays the same. Undefined: nobody can be asked. */
  stamp(): string | undefined;
  /** Returns the reasons of those that are refused, by digest. */
  refusals(pairs: readonly Judged[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

export interface HaproxyJudgeOptions {
  readonly haproxy: Pick<HaproxySettings, 'binary'>;
  /** Of the configuration: its settings of TLS count. */
  readonly head: string;
  /** A private folder, for the time of a check. */
  readonly folder: string;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Makes a judge that asks `haproxy -c` about many pairs at once, and about each half if that is refused. */
export function createHaproxyJudge({ haproxy, head, folder, log, env = process.env }: HaproxyJudgeOptions): PairJudge {
  const { binary } = haproxy;
  const settings = tlsLines(head);

  /** Returns what HAProxy says if it refuses to load pairs, none: only its settings; undefined: it takes them. */
  const check = async (pairs: readonly Judged[], place: string, signal: AbortSignal): Promise<string | undefined> => {
    const [config, list] = [join(place, 'haproxy.cfg'), join(place, 'list')];
    await writeFile(list, pairs.map(({ digest }) => `${join(place, digest)}.pem\n`).join(''), { mode: 0o600 });
    const bind = pairs.length === 0 ? '' : ` ssl crt-list ${list}`;
    await writeFile(
      config,
      `global\n${settings}frontend certificates\n  mode tcp\n  timeout client 1s\n  bind 127.0.0.1:1${bind}\n`,
    );
    const result = await runCheck({ binary, config, signal, certificates: pairs.length, env });
    return result.kind === 'valid' ? undefined : result.alerts.map(({ message }) => message).join(' ');
  };

  const search = async (
    pairs: readonly Judged[],
    place: string,
    signal: AbortSignal,
    found: Map<string, string>,
  ): Promise<void> => {
    if (pairs.length === 0) return;
    const said = await check(pairs, place, signal);
    if (said === undefined) return;
    // It names the first one that it comes to, and says nothing of those after it.
    const named = pairs.length === 1 ? pairs[0] : pairs.find(({ digest }) => said.includes(digest));
    if (named !== undefined) found.set(named.digest, reasonIn(said));
    const left = pairs.filter((pair) => pair !== named);
    const half = Math.ceil(left.length / 2);
    await search(left.slice(0, half), place, signal, found);
    await search(left.slice(half), place, signal, found);
  };

  return {
    stamp() {
      const program = stampOf(binary, env);
      return program === undefined ? undefined : `${program} ${hash('sha256', settings).slice(0, 16)}`;
    },

    async refusals(pairs, signal) {
      const found = new Map<string, string>();
      const unique = [...new Map(pairs.map((pair) => [pair.digest, pair])).values()];
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const place = await mkdtemp(join(folder, 'certificates-check-'));
      try {
        for (let at = 0; at < unique.length; at += AT_ONCE) {
          const some = unique.slice(at, at + AT_ONCE);
          for (const { pem, digest } of some) await writeFile(join(place, `${digest}.pem`), pem.reveal(), { mode: 0o600 });
          if ((await check(some, place, signal)) === undefined) continue;
          // Settings of another version of HAProxy say nothing about pairs.
          const fault = await check([], place, signal);
          if (fault !== undefined) {
            log.warn(
              `HAProxy cannot be asked about certificates, as it refuses the TLS settings of the configuration: ${reasonIn(fault)}`,
            );
            return found;
          }
          await search(some, place, signal, found);
        }
      } catch (error) {
        if (!(error instanceof HaproxyError)) throw error;
        log.debug(`HAProxy cannot be asked about certificates: ${error.message}`);
      } finally {
        await rm(place, { recursive: true, force: true });
      }
      return found;
    },
  };
}

const AT_ONCE = 1000;

/** Returns the lines of a configuration that say how certificates are loaded. */
function tlsLines(head: string): string {
  const lines = head.split('\n').filter((line) => /^\s*(?:ssl-(?!default-server|server)[\w-]+|tune\.ssl\.[\w.-]+)\s/.test(line));
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
