/** The health check of the image: asks the HAProxy that runs here, at the address in its configuration. Exit status 1: it does not answer. */
import { readFile, readdir } from 'node:fs/promises';
import { healthFault, healthUrls } from './container/health-check.ts';
import { configsOf } from './haproxy/process/processes.ts';

const fault = await healthFault(await urlsOfRunning());
if (fault !== undefined) {
  process.stderr.write(`marathon-lb health check: ${fault}\n`);
  process.exitCode = 1;
}

async function urlsOfRunning(): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const name of await readdir('/proc')) {
    const words = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
    for (const file of configsOf(words.split('\0'))) files.add(file);
  }
  const texts = await Promise.all(Array.from(files, (file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap(healthUrls);
}
