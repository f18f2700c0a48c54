/** What labels choose for the TLS connections of hosts, with real clients. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAuthority } from '../support/certificates/authority.ts';
import { issue } from '../support/certificates/issue.ts';
import { askHttp2, askTls, type TlsAnswer, type TlsRequest } from '../support/certificates/tls-client.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { type Ports, type Prepared, startStack, type Stack } from '../support/program/stack.ts';

const partners = await createAuthority('partners');
const staff = await createAuthority('staff');
const ann = await partners.issue('Ann Ä. of /Partners');
const bob = await staff.issue('bob');
const stranger = await (await createAuthority('partners')).issue('mallory');
const evil = await partners.issue('x\r\nX-Admin: yes');
const wide = await issue(['wide.test', '*.wide.test', 'pay.test', 'staff.test', 'shop.test']);
const other = await issue(['other.test']);

const apps = ({ service }: Ports): readonly object[] => {
  const one = (at: number, id: string, labels: Readonly<Record<string, string>>): object =>
    app(
      `/${id}`,
      service[at] ?? 0,
      Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
    );
  return [
    one(0, 'pay', { VHOST: 'pay.test,plain.test', TLS_CLIENT_CA: 'partners' }),
    one(1, 'staff', { VHOST: 'staff.test', TLS_CLIENT_CA: 'staff', TLS_CLIENT_VERIFY: 'optional' }),
    one(2, 'wide', { VHOST: '*.wide.test', TLS_CLIENT_CA: 'partners' }),
    one(3, 'shop', { VHOST: 'shop.test,in.wide.test' }),
    one(4, 'named', { VHOST: 'named.test', CERT: 'other', TLS_MIN_VERSION: 'TLSv1.3', TLS_CIPHERS: 'TLS_AES_256_GCM_SHA384' }),
  ];
};

async function args({ folder }: Pick<Prepared, 'folder'>): Promise<readonly string[]> {
  const [store, cas] = [join(folder, 'store'), join(folder, 'cas')];
  await mkdir(store);
  await mkdir(cas);
  await writeFile(join(store, 'wide.pem'), wide.pem);
  await writeFile(join(store, 'other.pem'), other.pem);
  await writeFile(join(cas, 'partners.pem'), partners.certificate);
  await writeFile(join(cas, 'staff.crt'), staff.certificate);
  return ['--cert-store', `dir:${store}`, '--client-cas', cas];
}

function asking(stack: Stack) {
  return (sni: string, more: Partial<TlsRequest> = {}): Promise<TlsAnswer> =>
    askTls({ port: stack.ports.https, sni, host: sni, ...more });
}

describe.each(HAPROXIES)('with %s', (haproxy) => {
  test('only clients with a certificate of its authority reach a service', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ haproxy, apps, args });
    const ask = asking(stack);
    const statusOf = async (...given: Parameters<typeof ask>) => (await ask(...given)).status;
    await stack.eventually(async () => expect(await statusOf('pay.test', { own: ann })).toBe(200));

    // The handshake refuses all others.
    for (const host of ['pay.test', 'plain.test', 'a.wide.test'])
      for (const own of [undefined, bob, stranger]) expect([host, await statusOf(host, { own })]).toEqual([host, undefined]);
    for (const host of ['pay.test', 'plain.test', 'a.wide.test'])
      expect([host, await statusOf(host, { own: ann })]).toEqual([host, 200]);
    expect(await statusOf('pay.test', { own: evil })).toBe(403);

    // `optional`: with a right certificate, or without one.
    expect([await statusOf('staff.test'), await statusOf('staff.test', { own: bob })]).toEqual([200, 200]);
    expect(await statusOf('staff.test', { own: ann })).toBe(undefined);

    // Others are asked for nothing.
    for (const host of ['shop.test', 'in.wide.test', 'one.test']) {
      const { status, certificate } = await ask(host, { host: host === 'one.test' ? 'shop.test' : host });
      expect([host, status, certificate]).toEqual([
        host,
        host === 'one.test' ? 503 : 200,
        host === 'one.test' ? 'one.test' : 'wide.test',
      ]);
    }

    // What the task is told.
    const forged = { 'X-SSL-Client-CN': 'root', 'x-ssl-client-verify': 'SUCCESS' };
    const told = async (host: string, own: TlsRequest['own']): Promise<readonly (string | undefined)[]> => {
      const { text } = await ask(host, { own, headers: forged });
      const { headers } = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as {
        headers: Record<string, string | undefined>;
      };
      return [headers['x-ssl-client-cn'], headers['x-ssl-client-verify']].map((value) =>
        value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8'),
      );
    };
    expect(await told('pay.test', ann)).toEqual(['Ann Ä. of /Partners', 'SUCCESS']);
    expect(await told('staff.test', bob)).toEqual(['bob', 'SUCCESS']);
    expect(await told('staff.test', undefined)).toEqual([undefined, 'NONE']);

    // Without TLS.
    const plain = await stack.get('/a?b=c', { host: 'pay.test' });
    expect([plain.status, plain.headers.location]).toEqual([307, `https://pay.test:${stack.ports.https}/a?b=c`]);
    expect((await stack.get('/', { host: 'pay.test', port: stack.ports.service[0] ?? 0 })).status).toBe(307);
    expect((await stack.get('/', { port: stack.ports.service[0] ?? 0 })).status).toBe(403);
    expect((await stack.get('/', { port: stack.ports.appid, headers: { 'X-Marathon-App-Id': '/pay' } })).status).toBe(403);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a session of one host opens no other one, over %s',
    { timeout: 120_000 },
    async (version) => {
      // Operators may allow tickets, which the default HEAD does not.
      await using stack = await startStack({
        haproxy,
        apps,
        args: async (prepared) => [...(await args(prepared)), ...(await withTickets(prepared))],
      });
      const ask = asking(stack);
      await stack.eventually(async () => expect((await ask('pay.test', { own: ann })).status).toBe(200));
      for (const [from, own] of [
        ['staff.test', bob],
        ['staff.test', undefined],
        ['shop.test', undefined],
      ] as const) {
        const { session, status } = await ask(from, { own, version });
        expect([from, status]).toEqual([from, status === undefined ? undefined : 200]);
        for (const host of ['pay.test', 'a.wide.test']) {
          // Over TLS 1.2 it may be a request for the host of the session.
          const { text } = await ask(host, { session, version });
          expect([from, host, text]).toEqual([from, host, expect.not.stringMatching(/x-sim-app: \/(?:pay|wide)/i)]);
        }
      }
      // Its own one goes on.
      const { session } = await ask('pay.test', { own: ann, version: 'TLSv1.2' });
      expect((await ask('pay.test', { own: ann, version: 'TLSv1.2', session })).status).toBe(200);
    },
  );

  test('a connection for another host does not get past it, with HTTP/2', { timeout: 120_000 }, async () => {
    await using stack = await startStack({
      haproxy,
      apps,
      args: async (prepared) => [...(await args(prepared)), '--https-routing', 'host'],
    });
    const { https: port } = stack.ports;
    await stack.eventually(async () => expect(await askHttp2({ port, sni: 'pay.test', own: ann }, ['pay.test'])).toEqual([200]));
    expect(await askHttp2({ port, sni: 'shop.test' }, ['shop.test', 'pay.test', 'a.wide.test', 'shop.test'])).toEqual([
      200, 421, 421, 200,
    ]);
    expect(await askHttp2({ port, sni: 'staff.test', own: bob }, ['staff.test', 'pay.test', 'a.wide.test'])).toEqual([
      200, 421, 421,
    ]);
    expect(await askHttp2({ port, sni: 'b.wide.test', own: ann }, ['c.wide.test', 'shop.test', 'pay.test'])).toEqual([
      200, 200, 421,
    ]);
    expect((await askTls({ port, host: 'pay.test' })).status).toBe(421);
  });

  test(
    'versions, ciphers and named certificates are those of the labels, changed without a reload',
    { timeout: 120_000 },
    async () => {
      await using stack = await startStack({ haproxy, apps, args });
      const ask = asking(stack);
      await stack.eventually(async () => expect((await ask('named.test')).certificate).toBe('other.test'));
      expect(await ask('named.test')).toMatchObject({ status: 200, protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' });
      expect((await ask('named.test', { version: 'TLSv1.2' })).status).toBeUndefined();
      expect(await ask('shop.test', { version: 'TLSv1.2' })).toMatchObject({ status: 200, protocol: 'TLSv1.2' });
      await stack.daemon.until(/ connected\b.*: /);
      const mark = stack.daemon.mark();
      const labels = {
        HAPROXY_GROUP: 'external',
        HAPROXY_0_VHOST: 'named.test',
        HAPROXY_0_CERT: 'wide',
        HAPROXY_0_TLS_CIPHERS: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      };
      await stack.marathon('PUT', '/v2/apps//named', { labels });
      await stack.eventually(async () =>
        expect(await ask('named.test', { version: 'TLSv1.2' })).toMatchObject({
          status: 200,
          certificate: 'wide.test',
          cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384',
        }),
      );
      expect((await ask('shop.test')).certificate).toBe('wide.test');
      expect(stack.daemon.text().slice(mark)).not.toContain('HAProxy reloaded');
    },
  );

  test('another authority counts within seconds; a file that is no authority changes nothing', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ haproxy, apps, args });
    const ask = asking(stack);
    const cas = join(stack.folder, 'cas');
    await stack.eventually(async () => expect((await ask('pay.test', { own: ann })).status).toBe(200));
    await stack.daemon.until(/ connected\b.*: /);
    await writeFile(join(cas, 'partners.pem'), 'half of it');
    await stack.daemon.until(/partners\.pem.*the authority of before stays/);
    expect((await ask('pay.test', { own: ann })).status).toBe(200);
    await writeFile(join(cas, '.new'), staff.certificate);
    await rename(join(cas, '.new'), join(cas, 'partners.pem'));
    await stack.eventually(async () => expect((await ask('pay.test', { own: bob })).status).toBe(200));
    expect((await ask('pay.test', { own: ann })).status).toBeUndefined();
    await rm(join(cas, 'partners.pem'));
    await stack.daemon.until(/names partners, which is no authority of clients/);
    await stack.eventually(async () => {
      for (const own of [undefined, ann, bob]) expect((await ask('pay.test', { own })).status).toBe(403);
    });
  });
});

/** Returns options that have a HEAD which lets clients resume sessions by tickets. */
async function withTickets({ folder, ports }: Pick<Prepared, 'folder' | 'ports'>): Promise<readonly string[]> {
  const templates = join(folder, 'templates');
  await mkdir(templates);
  await writeFile(
    join(templates, 'HAPROXY_HEAD'),
    `global\n  stats socket ${folder}/haproxy.sock mode 600 level admin expose-fd listeners\n  ssl-default-bind-options ssl-min-ver TLSv1.2\ndefaults\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\nlisten stats\n  bind 127.0.0.1:${ports.stats}\n  mode http\n  stats enable\n`,
  );
  return ['--templates', templates];
}
