import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority } from '../../../test/support/certificates/authority.ts';
import { readClientCas } from './client-cas.ts';

let folder: string;
const one = await createAuthority('one');
const two = await createAuthority('two');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-cas-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFile(join(folder, name), text);

function read(before?: Parameters<typeof readClientCas>[1]) {
  const found = readClientCas(folder, before);
  if ('fault' in found) throw new Error(found.fault);
  return found.cas;
}

test('files are authorities by their names; nothing but certificates is taken', async () => {
  const client = await one.issue('ann');
  await put('b.pem', `# comment\n${one.certificate}${two.certificate}${client.key}`);
  await put('a.crt', two.certificate);
  await put('README', 'hello');
  const { all, faults } = read();
  expect([all.map(({ name }) => name), faults]).toEqual([['a', 'b'], []]);
  expect(all[1]?.text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(all[1]?.text).not.toMatch(/PRIVATE|comment/);
});

test('a file that cannot be used costs only itself, and keeps what it was before', async () => {
  await put('a.pem', one.certificate);
  await put('b.pem', two.certificate);
  const before = read();
  await put('a.pem', one.certificate.slice(0, 100));
  await put('b.pem', (await two.issue('ann')).certificate);
  await put('c.pem', 'nothing');
  await put('..pem', one.certificate);
  const { all, faults } = read(before);
  expect(all).toEqual(before.all);
  expect(faults).toEqual([
    `cannot use ${folder}/a.pem: it holds no certificate; the authority of before stays`,
    `cannot use ${folder}/b.pem: its certificate 1 is none of an authority; the authority of before stays`,
    `cannot use ${folder}/c.pem: it holds no certificate`,
  ]);
  await rm(join(folder, 'a.pem'));
  expect(read(before).all.map(({ name }) => name)).toEqual(['b']);
});

test('a folder that cannot be read is a fault', () => {
  expect(readClientCas(join(folder, 'nowhere'))).toEqual({ fault: expect.stringContaining('ENOENT') });
});

test('a folder that has become empty is a fault: it may be one that is not mounted', async () => {
  expect(read().all).toEqual([]);
  await put('a.pem', one.certificate);
  const before = read();
  await rm(join(folder, 'a.pem'));
  expect(readClientCas(folder, before)).toEqual({ fault: expect.stringContaining('no authority any more') });
});

test('of two files of one name neither counts; what was in use stays', async () => {
  await put('partners.pem', one.certificate);
  const before = read();
  await put('partners.crt', two.certificate);
  expect(read(before)).toEqual({
    all: before.all,
    faults: ['crt', 'pem'].map(
      (ending) => `cannot use ${folder}/partners.${ending}: another file has the same name; the authority of before stays`,
    ),
  });
  expect(read().all).toEqual([]);
});

test('more files than can be taken are a fault', async () => {
  await Promise.all(Array.from({ length: 501 }, (_, at) => put(`a${at}.pem`, one.certificate)));
  expect(readClientCas(folder)).toEqual({ fault: expect.stringContaining('more than 500') });
});
