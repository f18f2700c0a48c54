import { type ReadFile, readPolicyFile } from '../config/policy.ts';
import type { ModelSettings } from '../config/settings.ts';
import { plural } from '../lib/text/plural.ts';
import type { Logger } from '../log/logger.ts';
import { looseRules } from '../model/policy/rules/loose-rules.ts';
import type { Policy } from '../model/policy/rules/policy.ts';

/** The policy that counts, which can be read again while the program runs. */
export interface PolicyWatch {
  /** Undefined if there is no policy. */
  readonly current: Policy | undefined;
  /** Undefined if there is no policy. */
  status(): PolicyStatus | undefined;
  /** Reads the file again: what cannot be used changes nothing but the status and the log. */
  readAgain(): Promise<void>;
}

export interface PolicyStatus {
  /** Path of the file. */
  readonly file: string;
  /** The number of rules in use. */
  readonly rules: number;
  /** When they were read; RFC 3339. */
  readonly since: string;
  /** Why the file of now cannot be used, and since when; left out: it is the one that counts. */
  readonly fault?: { readonly detail: string; readonly since: string };
}

export interface PolicyWatchOptions {
  readonly log: Logger;
  readonly now: () => Date;
  readonly readFile: ReadFile;
}

/** Watches the policy of settings, which was read before. */
export function createPolicyWatch(
  settings: Pick<ModelSettings, 'policy' | 'labelPolicy'>,
  { log, now, readFile }: PolicyWatchOptions,
): PolicyWatch {
  let current = settings.policy;
  let since = now().toISOString();
  let fault: PolicyStatus['fault'];
  const warn = (): void => {
    for (const warning of current === undefined ? [] : looseRules(current, settings)) log.warn(warning);
  };
  warn();
  return {
    get current() {
      return current;
    },
    status: () => current && { file: current.file, rules: current.rules.size, since, ...(fault !== undefined && { fault }) },
    async readAgain() {
      if (current === undefined) return;
      const read = await readPolicyFile(current.file, readFile);
      if ('fault' in read) {
        log.error(`cannot use the policy, the one of ${since} stays: ${read.fault} (--policy)`);
        fault = { detail: read.fault, since: fault?.detail === read.fault ? fault.since : now().toISOString() };
        return;
      }
      current = read.policy;
      since = now().toISOString();
      fault = undefined;
      log.info(`read the policy ${current.file}: ${plural(current.rules.size, 'rule')} (--policy)`);
      warn();
    },
  };
}
