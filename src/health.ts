/** The health check of the image: whether the HAProxy that runs here answers, wherever its configuration has it listen. */
import { readFile, readdir } from 'node:fs/promises';
import { healthUrls } from './container/health-urls.ts';
import { configsOf } from './haproxy/process/processes.ts';

const files = new Set<string>();
for (const name of await readdir('/proc')) {
  const words = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
  for (const file of configsOf(words.split('\0'))) files.add(file);
}
const texts = await Promise.all(Array.from(files, (file) => readFile(file, 'utf8').catch(() => '')));
const urls = texts.flatMap(healthUrls);
if (urls.length === 0) throw new Error('no HAProxy with a health check runs');
for (const url of urls) {
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`${url} answers ${status}`);
}
