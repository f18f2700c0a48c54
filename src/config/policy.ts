/** The policy file (`--policy`). */
import type { ReadPolicy } from '../model/policy/rules/read-policy.ts';
import { messageOf } from '../lib/errors.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** Throws as `readFileSync` does. */
export type ReadFile = (path: string) => string;

/** Returns the settings with the policy of the file that they name. Throws `UsageError`. */
export async function withPolicy(settings: Settings, readFile: ReadFile): Promise<Settings> {
  const { policyFile } = settings.run;
  if (policyFile === undefined) return settings;
  const read = await readPolicyFile(policyFile, readFile);
  if ('fault' in read) throw new UsageError(`option --policy: ${read.fault}`);
  return { ...settings, model: { ...settings.model, policy: read.policy } };
}

/** Reads a policy file; a fault names the file, the place in it, and what it must be. */
export async function readPolicyFile(path: string, readFile: ReadFile): Promise<ReadPolicy> {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { fault: `cannot read ${path}: ${messageOf(error)}` };
  }
  // Loaded only then: to start takes a good part of a run.
  const { readPolicy } = await import('../model/policy/rules/read-policy.ts');
  const read = readPolicy(text, path);
  return 'fault' in read ? { fault: `${path}: ${read.fault} (docs/reference/policy.md)` } : read;
}
