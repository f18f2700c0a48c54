/** `marathon-lb history --restore N`: brings the configuration of a pass back, from the archive. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../config/usage-error.ts';
import type { FileEntry } from '../../engine/journal/file-entry.ts';
import { runCheck } from '../../haproxy/check/run-check.ts';
import { withServersOf } from '../../haproxy-config/with-servers.ts';
import { archivedFile, archiveFolder } from '../../haproxy/files/archive.ts';
import { WRITE_DELAY } from '../../haproxy/files/write-behind.ts';
import { createdFor, stage } from '../../haproxy/files/stage.ts';
import type { Attached } from '../running/attach.ts';

/**
 * Writes the files as they were after pass `number`, but with the servers of now, and has the running load balancer reload HAProxy with
 * them. Returns what happened and how long it lasts. Throws `UsageError` if that cannot be done: nothing is changed then.
 */
export async function restore(
  passes: readonly FileEntry[],
  number: number,
  running: Attached | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (running === undefined) throw new UsageError('--restore needs the load balancer to run: no process of it was found here');
  const { pid, mode, settings } = running;
  const { config, binary, gid } = settings.haproxy;
  if (mode === 'poll') throw new UsageError('--restore has no effect in the mode poll: the next pass would undo it at once');
  const names = versionsAfter(passes, number);
  const folder = archiveFolder(config);
  const files = await Promise.all(
    Array.from(names, async ([file, name]) => ({
      path: join(dirname(config), file),
      text: await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
        throw new UsageError(
          `${join(folder, name)} is no longer there: the archive keeps the last versions only (--archive-versions)`,
          { cause: error },
        );
      }),
    })),
  );
  // Changes without a reload come into the file a moment later.
  await sleep(WRITE_DELAY + 100, undefined, { signal });
  const current = await readFile(config, 'utf8').catch(() => '');
  const kept: string[] = [];
  const wanted = files.map(({ path, text }) => {
    if (path !== config) return { path, text };
    const merged = withServersOf(text, current);
    kept.push(...merged.kept);
    return { path, text: merged.text };
  });
  await using staged = await stage(wanted, createdFor(gid));
  const temporary = staged.temporary.get(config);
  if (temporary !== undefined) {
    const checked = await runCheck({ binary, config: temporary, shownAs: new Map([[temporary, config]]), signal });
    if (checked.kind === 'invalid') {
      const why = checked.alerts.map(({ message }) => message).join('; ');
      throw new UsageError(`HAProxy no longer takes the configuration of pass ${number}, and nothing was changed: ${why}`);
    }
  }
  await staged.commit();
  process.kill(pid, 'SIGUSR1');
  const restored = [...names.values()].map((name) => join(basename(folder), name)).join(', ');
  const { resyncInterval } = settings.run;
  return [
    `The configuration of pass ${number} is back (${restored}), and the load balancer (process ${pid}) was told to reload HAProxy with it.`,
    'The tasks of each service are those of now.',
    ...(kept.length === 0
      ? []
      : [`These services were gone meanwhile, and have the tasks of then, which may be gone, too: ${kept.join(', ')}.`]),
    `It holds until Marathon reports a change, and for ${resyncInterval} s at most (--resync-interval): then HAProxy gets what Marathon says.`,
    'Meanwhile /_mlb/ready and marathon-lb status say so. Fix what is wrong in Marathon before that.\n',
  ].join('\n');
}

/** Returns for each file that changed after a pass the name of its version in the archive. Throws `UsageError` if there is none. */
function versionsAfter(passes: readonly FileEntry[], number: number): ReadonlyMap<string, string> {
  const at = passes.findLastIndex((pass) => pass.pass === number);
  if (at === -1) throw new UsageError(`there is no pass ${number}; marathon-lb history shows which there are`);
  const names = new Map<string, string>();
  for (const name of passes.slice(at + 1).flatMap(({ archived = [] }) => archived)) {
    const file = archivedFile(name);
    if (file !== undefined && basename(name) === name && !names.has(file)) names.set(file, name);
  }
  if (names.size === 0)
    throw new UsageError(`since pass ${number} only servers changed, if anything: its configuration is the one on disk`);
  return names;
}
