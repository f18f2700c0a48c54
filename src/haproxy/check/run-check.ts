import { OLDEST } from '../../config/versions/version.ts';
import type { Alert } from './alerts.ts';
import { readAlerts, readWarnings } from './alerts.ts';
import { haproxyEnvironment } from '../../lib/process/child-environment.ts';
import { HaproxyError } from '../error.ts';
import { run } from '../../lib/process/run.ts';
import { systemCode } from '../../lib/errors.ts';

export type CheckResult =
  | { readonly kind: 'valid'; readonly warnings: readonly Alert[] }
  | { readonly kind: 'invalid'; readonly alerts: readonly Alert[] };

export interface CheckRequest {
  /** The program, looked up in the PATH. */
  readonly binary: string;
  /** Path of the file to check. */
  readonly config: string;
  /** Paths as they are → as messages show them: temporary names become the real ones. */
  readonly shownAs?: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  /** Milliseconds, 20,000 by default; 10,000 frontends take about one second. */
  readonly timeout?: number;
  /** How many certificates HAProxy reads from a list: each takes it a millisecond, and more on a busy machine. */
  readonly certificates?: number;
  /** By default that of this process; HAProxy gets a part of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Asks `haproxy -c` whether HAProxy would start with a file. If the check does not end in time (it waits for a pipe that is named as a
 * file), the file is invalid, and the alert names no proxy. Throws `haproxy-missing` if there is no such program, `check-failed` if the
 * check gave no answer, and the signal's reason if that aborts.
 */
export async function runCheck(request: CheckRequest): Promise<CheckResult> {
  const { binary, config, shownAs, signal, certificates = 0, timeout = 20_000 + certificates * 10 } = request;
  try {
    const end = await run(binary, ['-c', '-f', config], {
      signal,
      timeout,
      limit: 1_000_000,
      // In its own process group: a signal to our group (`tini -g`, a terminal) is not for the check.
      detached: true,
      env: haproxyEnvironment(request.env ?? process.env),
    });
    const text = shown(end.output, shownAs);
    const file = shownAs?.get(config) ?? config;
    if (end.code === 0) return { kind: 'valid', warnings: readWarnings(text, file) };
    if (end.isLate) return nameless(`haproxy -c did not end within ${timeout / 1000} s: perhaps it reads a file that is a pipe`);
    if (end.signal !== null && FROM_OUTSIDE.has(end.signal)) throw noAnswer(request, `was ended by ${end.signal}`);
    const alerts = readAlerts(text, file);
    if (alerts.length > 0) return { kind: 'invalid', alerts };
    const said = text.trim().slice(-500) || 'it printed nothing';
    // A crash is about the configuration; a loader that finds no library, or another program, is not.
    if (end.signal === null) throw noAnswer(request, `ended with status ${end.code} without an alert: ${said}`);
    return nameless(`haproxy -c was ended by ${end.signal}: ${said}`);
  } catch (error) {
    throw systemCode(error) === undefined ? error : notRunnable(binary, error);
  }
}

/** Signals that others send; those that a crash ends with are not among them. */
const FROM_OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
]);

/** Returns a result that blames the configuration, but no line of it. */
function nameless(message: string): CheckResult {
  return { kind: 'invalid', alerts: [{ proxies: [], mentions: [], message }] };
}

function shown(text: string, names: ReadonlyMap<string, string> = new Map()): string {
  let result = text;
  for (const [real, name] of names) result = result.replaceAll(real, name);
  return result;
}

function noAnswer(request: CheckRequest, what: string): HaproxyError {
  const command = `${request.binary} -c -f ${request.shownAs?.get(request.config) ?? request.config}`;
  return new HaproxyError('check-failed', `\`${command}\` ${what}`, { retryable: true });
}

function notRunnable(binary: string, cause: unknown): HaproxyError {
  const reason = systemCode(cause);
  const what = reason === 'ENOENT' ? `there is no program \`${binary}\` in the PATH` : `\`${binary}\` cannot be run (${reason})`;
  return new HaproxyError(
    'haproxy-missing',
    `The configuration cannot be checked: ${what}. Install HAProxy ${OLDEST} or later (Debian, Ubuntu: apt-get install haproxy), or switch the check off with --skip-validation.`,
    { retryable: true, cause },
  );
}
