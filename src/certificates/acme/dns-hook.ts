import { run } from '../../lib/process/run.ts';
import { messageOf } from '../../lib/errors.ts';
import { AcmeError, shown } from './error.ts';

/** Sets and removes records of type TXT, so that a server can check a domain (DNS-01). */
export interface DnsHook {
  /** Returns when the servers of the domain have the record. Throws an `AcmeError`. */
  add(name: string, value: string, signal: AbortSignal): Promise<void>;
  remove(name: string, value: string, signal: AbortSignal): Promise<void>;
}

/**
 * Calls a program with the words `add` or `remove`, the name and the value of the record: without a shell, with the environment `env`, at most
 * `patience` milliseconds long.
 */
export function createDnsHook(program: string, env: Readonly<Record<string, string | undefined>>, patience = 300_000): DnsHook {
  const call = async (verb: 'add' | 'remove', name: string, value: string, signal: AbortSignal): Promise<void> => {
    const what = `${program} ${verb} ${name}`;
    const result = await run(program, [verb, name, value], { env: { ...env }, signal, timeout: patience, limit: 2000 }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw new AcmeError('order', `${what}: ${shown(messageOf(error), 200)} (--acme-dns-hook)`, {
          type: 'hook',
          cause: error,
        });
      },
    );
    if (result.code === 0) return;
    const end = result.isLate
      ? `no end within ${patience / 1000} s`
      : result.signal === null
        ? `exit status ${result.code}`
        : result.signal;
    throw new AcmeError('order', `${what}: ${end}: ${shown(result.output, 200)} (--acme-dns-hook)`, { type: 'hook' });
  };
  return {
    add: (name, value, signal) => call('add', name, value, signal),
    remove: (name, value, signal) => call('remove', name, value, signal),
  };
}
