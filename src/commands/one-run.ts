import { setFlagsFromString } from 'node:v8';

/**
 * For a run that is over after about a second: V8 compiles functions with its optimizing compiler after eight times as much work as by
 * default (bytes of bytecode run). Over 10,000 apps that compiler takes more CPU than its code gains (`docs/decisions/006-one-run.md`).
 */
export function expectOneRun(): void {
  setFlagsFromString('--interrupt-budget=1000000');
}
