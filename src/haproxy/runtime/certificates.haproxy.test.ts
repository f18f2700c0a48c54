import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { issue } from '../../../test/support/certificates/issue.ts';
import { servedFor } from '../../../test/support/certificates/served.ts';
import { askTls } from '../../../test/support/certificates/tls-client.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { startHaproxy } from '../../../test/support/haproxy/live-haproxy.ts';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import { createKeptPairs } from '../../certificates/kept-pairs.ts';
import { readPair } from '../../certificates/pair.ts';
import type { Certificate } from '../../model/certificates/certificate.ts';
import { CRT_LIST } from '../../render/files/crt-list.ts';
import type { ListedHosts } from '../../render/tls/entries.ts';
import { createCertificateMerge } from '../../render/certificates.ts';
import { setCertificate } from './commands.ts';

/** A HAProxy with a list of certificates, and what writes them as the program does. */
async function start(binary: string, binds = 'crt-list') {
  const haproxy = await startHaproxy(binary);
  const port = await reservedPort();
  const folder = join(haproxy.folder, 'kept');
  await mkdir(folder);
  const kept = createKeptPairs(folder);
  const merge = createCertificateMerge();
  return {
    ...haproxy,
    list: join(haproxy.folder, CRT_LIST),
    kept,
    async certificate(host: string, pem?: string): Promise<Certificate> {
      const pair = readPair(pem ?? (await issue([host])).pem);
      if ('fault' in pair) throw new Error(pair.fault);
      const certificate = { ...pair, name: host, origin: host, path: kept.pathOf('test', host) };
      await kept.write(certificate);
      return certificate;
    },
    document(certificates: readonly Certificate[], listed?: ListedHosts) {
      const words = binds === 'crt-list' ? `crt-list ${haproxy.folder}/${CRT_LIST}` : `crt ${certificates[0]?.path}`;
      const rule = `  bind 127.0.0.1:${port} ssl ${words}\n`;
      return merge(haproxy.doc([], { rule }), { certificates, problems: [] }, binds === 'crt-list', listed);
    },
    port,
    served: (host: string) => servedFor(port, host),
    [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose](),
  };
}

/** Returns options for hosts, which get the certificate of `b.test`. */
const listed = (options: Readonly<Record<string, string>>): ListedHosts => ({
  hosts: new Map(Object.keys(options).map((host) => [host, { certificate: 'b.test', ciphers: host }])),
  served: new Set(Object.keys(options)),
  optionsOf: ({ ciphers = '' }) => options[ciphers] ?? '',
});

describe.each(HAPROXIES)('with %s', (binary) => {
  test('certificates come, are renewed and go without a reload', async () => {
    await using it = await start(binary);
    const [first, a, b] = [await it.certificate('first.test'), await it.certificate('a.test'), await it.certificate('b.test')];
    await it.bring(it.document([first]));
    expect(await it.served('a.test')).toBe(first.fingerprint);

    expect(await it.bring(it.document([first, a, b]))).toMatchObject({ kind: 'runtime' });
    expect([await it.served('a.test'), await it.served('b.test')]).toEqual([a.fingerprint, b.fingerprint]);
    expect(await readFile(it.list, 'utf8')).toBe(`${first.path}\n${a.path}\n${b.path}\n`);

    const renewed = await it.certificate('a.test');
    const renewedFirst = await it.certificate('first.test');
    const done = await it.bring(it.document([renewedFirst, renewed, b]));
    expect(JSON.stringify(done)).not.toContain('PRIVATE');
    expect(await it.served('a.test')).toBe(renewed.fingerprint);
    expect(await it.served('other.test')).toBe(renewedFirst.fingerprint);

    await it.bring(it.document([renewedFirst, b]));
    expect(await it.served('a.test')).toBe(renewedFirst.fingerprint);
    expect(await it.ask('show ssl cert')).not.toContain(a.path);
    expect(await it.applier.reconcile(it.document([renewedFirst, b]), it.signal)).toEqual({ kind: 'unchanged' });
    expect(it.reloads()).toBe(1);
    expect(it.lines).toEqual([]);
  });

  test('options of hosts come, change and go without a reload, and what was changed by hand is repaired', async () => {
    await using it = await start(binary);
    const [first, a, b] = [await it.certificate('first.test'), await it.certificate('a.test'), await it.certificate('b.test')];
    const certificates = [first, a, b];
    const statusOf = async (host: string, version: 'TLSv1.2' | 'TLSv1.3') =>
      (await askTls({ port: it.port, sni: host, host, version })).certificate;
    await it.bring(it.document(certificates));
    expect(await statusOf('a.test', 'TLSv1.2')).toBe('a.test');

    const before = listed({
      'a.test': 'ciphersuites TLS_AES_256_GCM_SHA384 ssl-min-ver TLSv1.3',
      'c.test': 'ssl-max-ver TLSv1.2',
    });
    const doc = it.document(certificates, before);
    expect(await it.bring(doc)).toMatchObject({ kind: 'runtime' });
    expect([await statusOf('a.test', 'TLSv1.2'), await statusOf('a.test', 'TLSv1.3')]).toEqual([undefined, 'b.test']);
    expect([await statusOf('c.test', 'TLSv1.2'), await statusOf('c.test', 'TLSv1.3')]).toEqual(['b.test', undefined]);
    expect(await it.applier.reconcile(doc, it.signal)).toEqual({ kind: 'unchanged' });

    const lines = (await it.ask(`show ssl crt-list -n ${it.list}`)).split('\n');
    const guarded = lines.find((line) => line.endsWith(' a.test') && line.includes('['))?.split(' ')[0];
    await it.ask(`del ssl crt-list ${it.list} ${guarded}`);
    await it.ask(`add ssl crt-list ${it.list} <<\n${b.path} a.test\n`);
    expect(await statusOf('a.test', 'TLSv1.2')).toBe('b.test');
    expect(await it.applier.reconcile(doc, it.signal)).toMatchObject({ kind: 'runtime' });
    expect([await statusOf('a.test', 'TLSv1.2'), await statusOf('a.test', 'TLSv1.3')]).toEqual([undefined, 'b.test']);

    await it.bring(it.document(certificates, listed({ 'a.test': 'ssl-min-ver TLSv1.2' })));
    expect([await statusOf('a.test', 'TLSv1.2'), await statusOf('c.test', 'TLSv1.3')]).toEqual(['b.test', 'first.test']);
    await it.bring(it.document(certificates));
    expect(await statusOf('a.test', 'TLSv1.2')).toBe('a.test');
    expect(it.reloads()).toBe(1);
  });

  test('another default certificate is a reload, which says so', async () => {
    await using it = await start(binary);
    const [one, two] = [await it.certificate('one.test'), await it.certificate('two.test')];
    await it.bring(it.document([one, two]));
    expect(await it.bring(it.document([two, one]))).toMatchObject({
      kind: 'reload',
      reasons: expect.arrayContaining(['another certificate is the default one']),
    });
    expect(await it.served('other.test')).toBe(two.fingerprint);
  });

  test('what was changed by hand, and what a killed program left, is found and repaired', async () => {
    await using it = await start(binary);
    const [one, two, three] = [
      await it.certificate('one.test'),
      await it.certificate('two.test'),
      await it.certificate('three.test'),
    ];
    const doc = it.document([one, two]);
    await it.bring(doc);
    const foreign = await issue(['two.test']);
    const other = readPair(foreign.pem);
    if ('fault' in other) throw new Error(other.fault);
    await it.ask(setCertificate(two.path, other.pem));
    await it.ask(`commit ssl cert ${two.path}`);
    expect(await it.served('two.test')).toBe(other.fingerprint);
    // Between any two commands: a certificate that no list names, an entry twice, a transaction that was begun.
    await it.ask(`new ssl cert ${three.path}`);
    await it.ask(`add ssl crt-list ${it.list} ${two.path}`);
    await it.ask(setCertificate(three.path, three.pem));

    expect(await it.applier.reconcile(doc, it.signal)).toMatchObject({ kind: 'runtime' });
    expect(it.lines.join('\n')).toContain('certificate two.test is another one');
    expect(it.lines.join('\n')).toContain(`certificate ${three.path} is there, but not in the list`);
    expect(await it.served('two.test')).toBe(two.fingerprint);
    expect(await it.ask('show ssl cert')).not.toContain(three.path);
    expect(await it.applier.reconcile(doc, it.signal)).toEqual({ kind: 'unchanged' });
    expect(it.reloads()).toBe(1);
  });

  test('a certificate that HAProxy has but should not is taken away, and one that it lacks is given', async () => {
    await using it = await start(binary);
    const [one, two] = [await it.certificate('one.test'), await it.certificate('two.test')];
    const doc = it.document([one, two]);
    await it.bring(doc);
    await it.ask(`del ssl crt-list ${it.list} ${two.path}`);
    await it.ask(`del ssl cert ${two.path}`);
    expect(await it.served('two.test')).toBe(one.fingerprint);
    expect(await it.applier.reconcile(doc, it.signal)).toMatchObject({ kind: 'runtime' });
    expect(await it.served('two.test')).toBe(two.fingerprint);
    expect(it.reloads()).toBe(1);
  });

  test('one that the configuration names itself is renewed without a reload, too', async () => {
    await using it = await start(binary, 'crt');
    const first = await it.certificate('first.test');
    await it.bring(it.document([first]));
    const renewed = await it.certificate('first.test');
    expect(await it.bring(it.document([renewed]))).toMatchObject({ kind: 'runtime' });
    expect(await it.served('first.test')).toBe(renewed.fingerprint);
    // Of a folder, say, that HAProxy read before it came.
    const later = await it.certificate('later.test');
    expect(await it.bring(it.document([renewed, later]))).toMatchObject({ kind: 'runtime' });
    expect(await it.applier.reconcile(it.document([renewed, later]), it.signal)).toEqual({ kind: 'unchanged' });
    expect(await it.served('later.test')).toBe(renewed.fingerprint);
    expect(it.reloads()).toBe(1);
    await rm(first.path);
  });
});
