/** `--dry --output DIR`: the configuration and its maps in a folder, where HAProxy can check them from anywhere. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { namesIn } from '../../haproxy/files/config-files.ts';
import { documentFiles } from '../../haproxy/files/document-files.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { stage } from '../../haproxy/files/stage.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { systemCode } from '../../lib/errors.ts';

/**
 * Writes the files and returns their paths. Throws a `HaproxyError` if the folder cannot be written, or holds files that an earlier
 * `--dry --output` did not write: HAProxy may run with them.
 */
export async function writeOutput(doc: ConfigDocument, config: string, folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await refuseForeign(folder);
    // First, so that a run that is interrupted leaves nothing behind that the next one refuses.
    await writeFile(join(folder, MARK), 'marathon-lb --dry --output writes this folder again without asking.\n');
    const files = documentFiles(doc, { from: config, to: join(folder, CONFIG) });
    const paths = files.map(({ path }) => path);
    for (const name of await namesIn(folder))
      if (!paths.includes(join(folder, name))) await rm(join(folder, name), { force: true });
    await using staged = await stage(files);
    await staged.commit();
    return paths;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new HaproxyError('files-unwritable', `option --output: ${folder} cannot be written: ${String(error)}`, {
      retryable: false,
      cause: error,
    });
  }
}

const CONFIG = 'haproxy.cfg';

/** The file that says that the folder may be written again. */
const MARK = '.marathon-lb-dry';

async function refuseForeign(folder: string): Promise<void> {
  const names = await readdir(folder);
  const foreign = names.includes(MARK) ? undefined : names[0];
  if (foreign === undefined) return;
  throw new HaproxyError(
    'files-unwritable',
    `option --output: ${folder} holds files that --dry did not write, such as ${foreign}: nothing is overwritten; name a new or empty folder, such as ${join(dirname(folder), `${basename(folder)}-dry`)}`,
    { retryable: false },
  );
}
