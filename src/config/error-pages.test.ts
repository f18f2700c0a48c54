import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { errorPagesFingerprint, readErrorPages } from './error-pages.ts';

let place = '';
let folder = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'error-pages-'));
  folder = join(place, 'pages');
  mkdirSync(join(folder, 'shop'), { recursive: true });
  writeFileSync(join(folder, '503.html'), 'for all');
  writeFileSync(join(folder, 'shop', '429.json'), '{}');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const found = () => {
  const read = readErrorPages(folder);
  if ('fault' in read) throw new Error(read.fault);
  const { all, sets, faults } = read.pages;
  return {
    all: all.map(({ status }) => status),
    sets: Object.fromEntries(sets.map(({ name, pages }) => [name, pages.map(({ status }) => status)])),
    faults: faults.map((fault) => fault.replaceAll(`${folder}/`, '')),
  };
};

it('has pages for all, and sets in sub-folders', () => {
  expect(found()).toEqual({ all: [503], sets: { shop: [429] }, faults: [] });
});

it('takes the links and hidden names of a mounted ConfigMap', () => {
  mkdirSync(join(folder, '..2026'));
  writeFileSync(join(folder, '..2026', '502.html'), 'x');
  symlinkSync('..2026', join(folder, '..data'));
  symlinkSync('..data/502.html', join(folder, '502.html'));
  writeFileSync(join(folder, '503.html~'), 'old');
  expect(found()).toEqual({ all: [502, 503], sets: { shop: [429] }, faults: [] });
});

it('passes over what it cannot use, and names it', () => {
  writeFileSync(join(place, 'secret'), 'secret');
  mkdirSync(join(place, 'elsewhere'));
  symlinkSync(join(place, 'secret'), join(folder, '500.html'));
  symlinkSync(join(place, 'elsewhere'), join(folder, 'outside'));
  symlinkSync('nowhere', join(folder, '502.html'));
  mkdirSync(join(folder, 'a b'));
  mkdirSync(join(folder, 'shop', 'deeper'));
  execFileSync('mkfifo', [join(folder, '504.html')]);
  writeFileSync(join(folder, '403.html'), Buffer.from([0xff]));
  writeFileSync(join(folder, '408.html'), 'x'.repeat(100_001));
  writeFileSync(join(folder, '503.http'), 'HTTP/1.1 503 Away\n\n');
  const { all, sets, faults } = found();
  expect({ all, sets }).toEqual({ all: [503], sets: { shop: [429] } });
  expect(faults).toEqual([
    'cannot use a b: its name must have at most 64 letters, digits and ._-',
    `cannot use outside: it leads out of ${folder}`,
    'cannot use shop/deeper: it is no file',
    'cannot use 403.html: it is no text in UTF-8',
    'cannot use 408.html: it has more than 100000 bytes',
    'cannot use 500.html: it leads out of the folder',
    'cannot use 502.html: it is no file',
    'cannot use 503.http: another file is for the same status',
    'cannot use 504.html: it is no file',
  ]);
});

it('passes over a link to itself', () => {
  symlinkSync('404.html', join(folder, '404.html'));
  symlinkSync('500.html', join(folder, 'shop', '500.html'));
  const before = errorPagesFingerprint(folder);
  expect(found()).toEqual({
    all: [503],
    sets: { shop: [429] },
    faults: ['cannot use shop/500.html: it is no file', 'cannot use 404.html: it is no file'],
  });
  writeFileSync(join(folder, 'shop', '503.html'), 'x');
  expect(errorPagesFingerprint(folder)).not.toBe(before);
});

it('passes over a folder that it may not read, until it may', () => {
  mkdirSync(join(folder, 'closed'));
  writeFileSync(join(folder, 'closed', '503.html'), 'closed');
  const setMode = (mode: number): void => chmodSync(join(folder, 'closed'), mode);
  setMode(0);
  const [faults, before] = asNobody(() => [found(), errorPagesFingerprint(folder)]);
  setMode(0o755);
  expect(faults).toEqual({
    all: [503],
    sets: { shop: [429] },
    faults: ['cannot use closed: it cannot be read (EACCES)'],
  });
  expect(asNobody(() => errorPagesFingerprint(folder))).not.toBe(before);
  expect(asNobody(found).sets).toEqual({ closed: [503], shop: [429] });
});

/** Root may read all folders. */
function asNobody<T>(run: () => T): T {
  if (process.getuid?.() !== 0) return run();
  chmodSync(place, 0o755);
  process.seteuid?.(65_534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}

it('has another fingerprint after a change of permissions', () => {
  const before = errorPagesFingerprint(folder);
  chmodSync(join(folder, '503.html'), 0o600);
  expect(errorPagesFingerprint(folder)).not.toBe(before);
});

it('says why the folder cannot be read', () => {
  expect(readErrorPages(join(place, 'none'))).toEqual({ fault: `the folder ${place}/none cannot be read (ENOENT)` });
});

it('has another fingerprint after a change anywhere in it', () => {
  const before = errorPagesFingerprint(folder);
  expect(errorPagesFingerprint(folder)).toBe(before);
  writeFileSync(join(folder, 'shop', '503.html'), 'x');
  const after = errorPagesFingerprint(folder);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, 'shop', '503.html'), 'xy');
  expect(errorPagesFingerprint(folder)).not.toBe(after);
});
