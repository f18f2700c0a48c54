/** `--ocsp-stapling`, with a real responder and real handshakes. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { startResponder } from '../support/certificates/responder.ts';
import { issue } from '../support/certificates/issue.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { startStack } from '../support/program/stack.ts';
import { createDisposables } from '../support/program/disposables.ts';

interface Stapled {
  readonly serial: string;
  /** Bytes of the responder's answer; 0: none came. */
  readonly bytes: number;
}

function handshake(port: number, servername: string): Promise<Stapled> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    // `connect` takes the options of a TLSSocket, too.
    const asking = { host: '127.0.0.1', port, servername, requestOCSP: true, rejectUnauthorized: false };
    const socket = connect(asking as ConnectionOptions, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.end();
      resolve({ serial: serialNumber, bytes });
    });
    socket.on('OCSPResponse', (answer: Buffer | null) => (bytes = answer?.length ?? 0));
    socket.once('error', reject);
  });
}

describe.each(HAPROXIES)('with %s', (haproxy) => {
  const isOld = haproxy === HAPROXIES[0];

  test('certificates that name a responder are served with its answer', { timeout: 120_000 }, async () => {
    await using held = createDisposables();
    let pems: readonly string[] = [];
    let store = '';
    const stack = held.use(
      await startStack({
        haproxy,
        apps: ({ service }) => [
          app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test,plain.test', HAPROXY_0_TLS_MIN_VERSION: 'TLSv1.2' }),
        ],
        args: async ({ folder }) => {
          const responder = join(folder, 'responder');
          store = join(folder, 'store');
          await mkdir(responder);
          await mkdir(store);
          ({ pems } = held.use(await startResponder(responder, ['shop.test', 'shop.test', 'late.test'])));
          await writeFile(join(store, 'shop.pem'), pems[0] ?? '');
          await writeFile(join(store, 'plain.pem'), (await issue(['plain.test'])).pem);
          return ['--cert-store', `dir:${store}`, '--ocsp-stapling'];
        },
      }),
    );
    const put = async (name: string, pem: string): Promise<void> => {
      await writeFile(join(store, `.${name}`), pem);
      await rename(join(store, `.${name}`), join(store, name));
    };
    const { https } = stack.ports;
    const expectServed = (host: string, serial: string): Promise<void> =>
      stack.eventually(async () => {
        const { bytes, ...served } = await handshake(https, host);
        expect({ ...served, isStapled: bytes > 0 }).toEqual({ serial, isStapled: !isOld });
      });
    await stack.daemon.until(/ connected\b.*: /);
    await expectServed('shop.test', '01');
    expect((await handshake(https, 'plain.test')).bytes).toBe(0);
    const warning = /--ocsp-stapling has no effect: HAProxy asks OCSP responders from 3\.0 on/;
    expect(warning.test(stack.daemon.text())).toBe(isOld);

    // Another one, and a renewal, without a reload.
    const mark = stack.daemon.mark();
    await put('late.pem', pems[2] ?? '');
    await expectServed('late.test', '03');
    await put('shop.pem', pems[1] ?? '');
    await expectServed('shop.test', '02');
    expect(stack.daemon.text().slice(mark)).not.toContain('HAProxy reloaded');
  });
});
