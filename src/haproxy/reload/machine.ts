import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import type { Machine } from './init-system.ts';
import { isEnded } from '../../lib/child-output.ts';

/** This machine. */
export const machine: Machine = {
  exists: async (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  succeeds: async (program, args) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: 10_000 });
    return isEnded(child).then(
      (end) => end.code === 0,
      () => false,
    );
  },
};
