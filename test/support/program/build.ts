import { spawnSync } from 'node:child_process';

/** Before the tests that run the program as a whole: compiles it where the sources changed. */
export function setup(): void {
  const done = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error('the build failed; see above');
}
