import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { addFiles } from '../rendering/golden.ts';

/** Runs a configuration of the golden kind, with files beside it, in the foreground, waits until it serves; it ends when disposed of. */
export async function runHaproxy(
  binary: string,
  config: string,
  files: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  await addFiles(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, config.replaceAll('/golden/', `${folder}/`));
  const child = spawn(binary, ['-db', '-f', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  // The socket is bound together with the ports, all or none.
  for (let tries = 0; !existsSync(join(folder, 'haproxy.sock')); tries += 1) {
    if (child.exitCode !== null || tries > 500) {
      await stop();
      throw new Error(`HAProxy does not start: ${said}`);
    }
    await delay(20);
  }
  return { [Symbol.asyncDispose]: stop };
}
