import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../program/program.ts';

/** A program with a service manager, which starts it again a second after it ended by itself. */
export interface KeptProgram extends AsyncDisposable {
  /** The one that runs now, or ran last. */
  program(): Program;
  /** Sends SIGKILL and waits for the end; the service manager waits for `startProgram`. */
  killProgram(): Promise<void>;
  startProgram(): void;
  /** How often it ended by itself. */
  endings(): number;
}

/** Keeps `first` running. `begin` starts its successors, which whoever gives it has to dispose of. */
export function keepProgram(first: Program, begin: () => Program): KeptProgram {
  let program = first;
  let endings = 0;
  const over = new AbortController();
  const killed = new WeakSet<Program>();
  const watch = async (watched: Program): Promise<void> => {
    await watched.ended;
    if (killed.has(watched) || over.signal.aborted) return;
    endings += 1;
    await sleep(1000, undefined, { signal: over.signal }).catch(() => {});
    if (!killed.has(watched) && !over.signal.aborted) startProgram();
  };
  const startProgram = (): void => {
    program = begin();
    void watch(program);
  };
  void watch(first);
  return {
    program: () => program,
    async killProgram() {
      killed.add(program);
      program.kill('SIGKILL');
      await program.ended;
    },
    startProgram,
    endings: () => endings,
    [Symbol.asyncDispose]: async () => over.abort(),
  };
}
