import { setFlagsFromString } from 'node:v8';

/** For a run that is over after about a second (`docs/decisions/006-one-run.md`). */
export function expectOneRun(): void {
  for (const flag of oneRunFlags(process.versions.v8)) setFlagsFromString(flag);
}

/**
 * Of Node 20: functions are compiled with V8's optimizing compiler after eight times as much work as by default (bytes of bytecode run). Over
 * 10,000 apps that compiler takes more CPU than its code gains. Other versions have no such setting, and would complain on standard error.
 */
export function oneRunFlags(v8: string): readonly string[] {
  return v8.startsWith('11.3.') ? ['--interrupt-budget=1000000'] : [];
}
