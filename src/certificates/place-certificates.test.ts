import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signedFor } from '../../test/support/network/certificate.ts';
import { Secret } from '../lib/secret.ts';
import { placeCertificates } from './place-certificates.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const now = new Date('2026-11-22T00:00:00Z');
const certificates = [
  { file: 'cert.pem', pem: new Secret('first\n') },
  { file: 'cert7.pem', pem: new Secret('seventh\n') },
];
const warnings: string[] = [];
const log = { warn: (text: string) => warnings.push(text) };
const place = (change: object) =>
  placeCertificates({ certificates: [], given: undefined, folders: [folder], now, hostname: 'lb.test', log, ...change });

describe('placeCertificates', () => {
  it('writes those of the environment for their owner only, behind those that are given', async () => {
    const value = await place({ certificates, given: '/a.pem,/b.pem' });
    expect(value).toBe(`/a.pem,/b.pem,${folder}/cert.pem,${folder}/cert7.pem`);
    expect(await readFile(join(folder, 'cert7.pem'), 'utf8')).toBe('seventh\n');
    expect((await stat(join(folder, 'cert.pem'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['cert.pem', 'cert7.pem']);
  });

  it('leaves alone what is there already, unless others may read it', async () => {
    const path = join(folder, 'cert.pem');
    await place({ certificates });
    const first = await stat(path);
    await place({ certificates });
    expect((await stat(path)).ino).toBe(first.ino);
    await chmod(path, 0o644);
    await place({ certificates });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await place({ certificates: [{ file: 'cert.pem', pem: new Secret('other\n') }] });
    expect(await readFile(path, 'utf8')).toBe('other\n');
  });

  it('makes none where some are given', async () => {
    expect(await place({ given: '/a.pem' })).toBe('/a.pem');
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes one for ten years, once', async () => {
    const path = await place({});
    const text = await readFile(path, 'utf8');
    const made = new X509Certificate(text);
    expect([made.subject, new Date(made.validTo).getFullYear()]).toEqual(['CN=lb.test', 2036]);
    expect(made.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await place({});
    expect(await readFile(path, 'utf8')).toBe(text);
    await place({ now: new Date('2037-01-01') });
    expect(await readFile(path, 'utf8')).not.toBe(text);
  });

  it('keeps one of a CA that has expired, and says so', async () => {
    const { cert, key } = await signedFor('127.0.0.1');
    const path = join(folder, 'cert.pem');
    await writeFile(path, `${cert}\n${key}`);
    expect(await place({ now: new Date('2037-01-01') })).toBe(path);
    expect(await readFile(path, 'utf8')).toBe(`${cert}\n${key}`);
    expect(warnings).toEqual([expect.stringMatching(/cert\.pem has expired on .*renew it/)]);
  });

  it('does not overwrite what is no certificate of its own', async () => {
    await writeFile(join(folder, 'cert.pem'), 'something else');
    await expect(place({})).rejects.toThrow(/cert\.pem holds no certificate .* not overwritten/);
  });

  it('takes the next folder where one cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const next = join(folder, 'next');
    expect(await place({ folders: [join(folder, 'file'), next] })).toBe(join(next, 'cert.pem'));
    await expect(place({ folders: [join(folder, 'file')], certificates })).rejects.toThrow(/--cert-dir/);
  });
});
