/** The folder of error pages (`--error-pages`). */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { systemCode } from '../lib/errors.ts';
import { isSetName } from '../model/values/answers.ts';
import { type ErrorPage, readErrorPage } from '../render/error-pages/answer.ts';
import type { ErrorPages } from '../render/error-pages/sections.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

export type ReadErrorPages = { readonly pages: ErrorPages } | { readonly fault: string };

/** Returns the settings with the error pages of the folder that they name. Throws `UsageError`. */
export function withErrorPages(settings: Settings): Settings {
  const { errorPagesFolder } = settings.run;
  if (errorPagesFolder === undefined) return settings;
  const read = readErrorPages(errorPagesFolder);
  if ('fault' in read) throw new UsageError(`option --error-pages: ${read.fault}`);
  return { ...settings, render: { ...settings.render, errorPages: read.pages } };
}

/** Reads a folder of error pages and its sub-folders. What cannot be used costs only itself. */
export function readErrorPages(folder: string): ReadErrorPages {
  try {
    const base = realpathSync(folder);
    const faults: string[] = [];
    const sets: { readonly name: string; readonly pages: readonly ErrorPage[] }[] = [];
    const names = namesIn(base);
    for (const name of names) {
      const path = join(folder, name);
      if (kindOf(path) !== 'folder') continue;
      const read = readSet(path, name, { folder, base, isFull: sets.length >= MOST_SETS }, faults);
      if ('fault' in read) faults.push(`cannot use ${path}: ${read.fault}`);
      else sets.push({ name, pages: read.pages });
    }
    const all = pagesIn(folder, base, faults, (path) => kindOf(path) !== 'folder');
    return { pages: { all, sets, faults } };
  } catch (error) {
    return { fault: `the folder ${folder} cannot be read (${systemCode(error) ?? String(error)})` };
  }
}

function readSet(
  path: string,
  name: string,
  { folder, base, isFull }: { readonly folder: string; readonly base: string; readonly isFull: boolean },
  faults: string[],
): { readonly pages: readonly ErrorPage[] } | { readonly fault: string } {
  if (!isSetName(name)) return { fault: 'its name must have at most 64 letters, digits and ._-' };
  try {
    if (!isInside(path, base)) return { fault: `it leads out of ${folder}` };
    if (isFull) return { fault: `there are more than ${MOST_SETS} sets` };
    return { pages: pagesIn(path, base, faults) };
  } catch (error) {
    return { fault: `it cannot be read (${systemCode(error) ?? String(error)})` };
  }
}

const MOST_SETS = 500;

/** Returns what differs if a file changed, came or went, or can be read now. */
export function errorPagesFingerprint(folder: string): string {
  return fingerprintsIn(folder, (path) => (kindOf(path) === 'folder' ? fingerprintsIn(path, () => []) : [])).join('\n');
}

/** Returns a line for each name in a folder, and more lines of it; or why the folder cannot be read. */
function fingerprintsIn(folder: string, moreOf: (path: string) => readonly string[]): readonly string[] {
  try {
    return namesIn(folder).flatMap((name) => {
      const path = join(folder, name);
      return [`${path} ${fingerprintOf(path)}`, ...moreOf(path)];
    });
  } catch (error) {
    return [`${folder} ${systemCode(error) ?? String(error)}`];
  }
}

/** The time of the last change is also that of a change of permissions. */
function fingerprintOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return systemCode(error) ?? String(error);
  }
}

/** Programs that edit and mount files leave hidden ones and copies. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !/^\.|~$/.test(name))
    .sort();
}

/** A link that leads nowhere, or to itself, is something else. */
function kindOf(path: string): 'file' | 'folder' | 'other' {
  try {
    const found = statSync(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'other';
  }
}

function pagesIn(folder: string, base: string, faults: string[], isMeant?: (path: string) => boolean): readonly ErrorPage[] {
  const pages = new Map<number, ErrorPage>();
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (isMeant?.(path) === false) continue;
    const read = readPage(path, name, base);
    if ('fault' in read) faults.push(`cannot use ${path}: it ${read.fault}`);
    else if (pages.has(read.page.status)) faults.push(`cannot use ${path}: another file is for the same status`);
    else pages.set(read.page.status, read.page);
  }
  return [...pages.values()].sort((one, other) => one.status - other.status);
}

function readPage(path: string, name: string, base: string): ReturnType<typeof readErrorPage> {
  try {
    // A pipe would have to be waited for.
    if (kindOf(path) !== 'file') return { fault: 'is no file' };
    if (!isInside(path, base)) return { fault: 'leads out of the folder' };
    if (statSync(path).size > MOST_BYTES) return { fault: `has more than ${MOST_BYTES} bytes` };
    return readErrorPage(name, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)));
  } catch (error) {
    const code = systemCode(error);
    return {
      fault:
        code === 'ERR_ENCODING_INVALID_ENCODED_DATA' || code === undefined ? 'is no text in UTF-8' : `cannot be read (${code})`,
    };
  }
}

const MOST_BYTES = 100_000;

function isInside(path: string, base: string): boolean {
  return realpathSync(path).startsWith(base + sep);
}
