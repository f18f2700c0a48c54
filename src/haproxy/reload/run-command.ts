import { spawn } from 'node:child_process';
import { HaproxyError, systemCode } from '../error.ts';
import { isEnded, outputOf } from '../../lib/child-output.ts';

/** How a command ended; `output` is bounded. */
export interface CommandResult {
  readonly ok: boolean;
  /** `status 1`, `SIGKILL`. */
  readonly how: string;
  readonly output: string;
}

/** Runs a command without a shell. Throws `command-missing` where it cannot be started, the signal's reason when aborted. */
export async function runCommand(
  words: readonly string[],
  options: { signal: AbortSignal; timeout: number },
): Promise<CommandResult> {
  const [program = '', ...args] = words;
  options.signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = outputOf(child, 4000);
  const stop = () => child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout);
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    const end = await isEnded(child);
    options.signal.throwIfAborted();
    const how = end.code === null ? `${end.signal}` : `status ${end.code}`;
    return { ok: end.code === 0, how, output: output().trim() };
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined || options.signal.aborted) throw cause;
    throw new HaproxyError(
      'command-missing',
      `HAProxy was not reloaded: \`${program}\` cannot be run (${code === 'ENOENT' ? 'there is no such program' : code}). Check --command.`,
      { retryable: true, cause },
    );
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
  }
}
