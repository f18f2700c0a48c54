/** Which HAProxy the configuration is written for. */
import { type HaproxyVersion, isSupported, OLDEST, parseHaproxyVersion } from './version.ts';
import type { Values } from '../options/all-options.ts';
import { HaproxyUnfit, UsageError } from '../usage-error.ts';
import type { Machine } from '../machine.ts';

export interface AtHand {
  /** Undefined if it is not known and not needed. */
  readonly version: HaproxyVersion | undefined;
  /** `--haproxy-version` says so; otherwise the program was asked. */
  readonly isGiven: boolean;
}

/**
 * Returns what `--haproxy-version` says, otherwise what the program says. Throws `HaproxyUnfit` if it is missing or too old and HAProxy is
 * needed: a configuration that is only printed (`--dry` without `--check`) or never checked (`--skip-validation`) needs none.
 */
export function haproxyAtHand(
  values: Pick<Values, 'haproxy-version' | 'dry' | 'check' | 'skip-validation'>,
  binary: string,
  machine: Pick<Machine, 'askHaproxy'>,
): AtHand {
  const given = values['haproxy-version']?.trim();
  if (given) return { version: readVersion(given), isGiven: true };
  const answer = machine.askHaproxy(binary);
  if (answer.kind === 'version' && isSupported(answer.version)) return { version: answer.version, isGiven: false };
  if ((values.dry && !values.check) || values['skip-validation']) return { version: undefined, isGiven: false };
  if (answer.kind === 'version') throw new HaproxyUnfit(tooOld(answer.version));
  if (answer.kind === 'missing') {
    throw new HaproxyUnfit(
      `${answer.why}: install HAProxy ${OLDEST} or later (Debian, Ubuntu: apt-get install haproxy), or name it with --haproxy-binary`,
    );
  }
  throw new HaproxyUnfit(`${answer.why}: HAProxy ${OLDEST} or later is needed; say which it is with --haproxy-version`);
}

/** Returns the sentence about a HAProxy that is too old. */
export function tooOld({ text }: HaproxyVersion): string {
  return `HAProxy ${text} is too old: ${OLDEST} or later is needed`;
}

function readVersion(given: string): HaproxyVersion {
  const version = /^\d{1,3}\.\d{1,3}(?:[.-][\w.+-]*)?$/.test(given) ? parseHaproxyVersion(given) : undefined;
  if (version === undefined) throw new UsageError(`option --haproxy-version: '${given}' is no version such as 3.4`);
  if (!isSupported(version)) throw new HaproxyUnfit(tooOld(version));
  return version;
}
