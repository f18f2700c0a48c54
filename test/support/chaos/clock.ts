import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The clock of a program and its HAProxy, which can jump. */
export interface JumpyClock extends AsyncDisposable {
  /** For a program that goes by it: what its wall clock says is changed, and no other clock. */
  readonly env: Readonly<Record<string, string>>;
  /** An HAProxy that goes by it. */
  readonly haproxy: string;
  /** Sets it to so many seconds before or after the machine's clock. */
  jumpTo(seconds: number): Promise<void>;
}

/** Makes a clock that is right. `binary`: an HAProxy. Throws if libfaketime is not installed. */
export async function makeClock(binary: string): Promise<JumpyClock> {
  const library = findLibrary();
  if (library === undefined) throw new Error('libfaketime is not installed: scripts/test-packages.sh installs it');
  const folder = await mkdtemp(join(tmpdir(), 'mlb-clock-'));
  // HAProxy's own user reads it.
  await chmod(folder, 0o755);
  const file = join(folder, 'clock');
  const jumpTo = async (seconds: number): Promise<void> => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}`);
    await rename(`${file}.new`, file);
  };
  await jumpTo(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // The kernel's own clock, which files go by, does not jump.
    NO_FAKE_STAT: '1',
  };
  const haproxy = join(folder, 'haproxy');
  const words = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  await writeFile(haproxy, `#!/bin/sh\n${words.join(' ')} exec ${binary} "$@"\n`);
  await chmod(haproxy, 0o755);
  return { env, haproxy, jumpTo, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Debian's libfaketime; undefined: it is not installed. */
export function findLibrary(root = '/usr/lib'): string | undefined {
  for (const folder of readdirSync(root)) {
    const library = join(root, folder, 'faketime', 'libfaketime.so.1');
    if (existsSync(library)) return library;
  }
  return undefined;
}
