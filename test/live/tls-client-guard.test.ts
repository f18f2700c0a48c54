/** Connections that were asked for certificates of other clients reach no service with TLS_CLIENT_CA. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../support/certificates/authority.ts';
import { issue } from '../support/certificates/issue.ts';
import { askTls, type TlsRequest } from '../support/certificates/tls-client.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { type Ports, type Prepared, startStack, type Stack } from '../support/program/stack.ts';

const partners = await createAuthority('partners');
const thieves = await createAuthority('thieves');
const ann = await partners.issue('ann');
const eve = await thieves.issue('eve');
const wide = await issue(['wide.test', '*.wide.test', '*.deep.wide.test', 'port.test']);

const files = await mkdtemp(join(tmpdir(), 'mlb-guard-'));
await writeFile(join(files, 'thieves.pem'), thieves.certificate);
await writeFile(join(files, 'port.pem'), wide.pem);
afterAll(() => rm(files, { recursive: true, force: true }));

const ASKS = `verify optional ca-file ${files}/thieves.pem`;

const apps = ({ service }: Ports): readonly object[] => {
  const one = (at: number, id: string, labels: Readonly<Record<string, string>>): object =>
    app(
      `/${id}`,
      service[at] ?? 0,
      Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
    );
  return [
    one(0, 'wide', { VHOST: '*.wide.test', TLS_CLIENT_CA: 'partners' }),
    one(1, 'thief', { VHOST: 'thief.wide.test', PATH: '/thief', BIND_OPTIONS: ASKS }),
    one(2, 'deep', { VHOST: 'a.deep.wide.test', PATH: '/thief', BIND_OPTIONS: ASKS }),
    one(3, 'port', {
      VHOST: 'port.test',
      TLS_CLIENT_CA: 'partners',
      TLS_CLIENT_VERIFY: 'optional',
      BIND_OPTIONS: `ssl crt ${files}/port.pem ${ASKS}`,
    }),
  ];
};

async function args({ folder }: Pick<Prepared, 'folder'>): Promise<readonly string[]> {
  const [store, cas] = [join(folder, 'store'), join(folder, 'cas')];
  await mkdir(store);
  await mkdir(cas);
  await writeFile(join(store, 'wide.pem'), wide.pem);
  await writeFile(join(cas, 'partners.pem'), partners.certificate);
  return ['--cert-store', `dir:${store}`, '--client-cas', cas];
}

async function grouped(prepared: Prepared): Promise<readonly string[]> {
  return [...(await args(prepared)), '--group-https-by-vhost'];
}

const asking =
  ({ ports }: Stack) =>
  async (sni: string, more: Partial<TlsRequest> = {}) =>
    (await askTls({ port: ports.https, sni, host: sni, ...more })).status;

describe.each(HAPROXIES)('with %s', (haproxy) => {
  test('another team cannot let its own clients in below a wildcard', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ haproxy, apps, args: grouped });
    const statusOf = asking(stack);
    await stack.eventually(async () => expect(await statusOf('a.wide.test', { own: ann })).toBe(200));
    for (const host of ['thief.wide.test', 'a.deep.wide.test']) {
      expect([host, await statusOf(host, { own: eve, path: '/thief' })]).toEqual([host, 200]);
      expect([host, await statusOf(host, { own: eve })]).toEqual([host, 421]);
    }
    expect(await statusOf('a.wide.test', { own: eve })).toBeUndefined();
  });

  test('bind options of a service port let nobody in by a certificate', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ haproxy, apps, args });
    const statusOf = asking(stack);
    await stack.eventually(async () => expect(await statusOf('port.test', { own: ann })).toBe(200));
    const port = stack.ports.service[3] ?? 0;
    expect([await statusOf('port.test', { port }), await statusOf('port.test', { port, own: eve })]).toEqual([200, 403]);
  });

  test('no spelling of the headers about the client reaches a task', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ haproxy, apps, args });
    const ask = (own: TlsRequest['own'], host: string) =>
      askTls({
        port: stack.ports.https,
        sni: host,
        host,
        own,
        headers: { 'X-SSL-Client-CN': 'root', X_SSL_Client_CN: 'root', 'x-ssl_client-Cn': 'root', 'X_Ssl-Client_VERIFY': 'root' },
      });
    await stack.eventually(async () => expect((await ask(ann, 'a.wide.test')).status).toBe(200));
    for (const text of [(await ask(ann, 'a.wide.test')).text, (await ask(undefined, 'port.test')).text]) {
      expect(text).toMatch(/x-ssl-client-verify/i);
      expect(text).not.toContain('root');
    }
  });

  test(
    'another authority of the same name counts by a reload, which ends connections and sessions',
    { timeout: 120_000 },
    async () => {
      await using stack = await startStack({ haproxy, apps, args });
      const statusOf = asking(stack);
      await stack.eventually(async () => expect(await statusOf('a.wide.test', { own: ann })).toBe(200));
      await stack.daemon.until(/ connected\b.*: /);
      const mark = stack.daemon.mark();
      await writeFile(join(stack.folder, 'cas', '.new'), thieves.certificate);
      await rename(join(stack.folder, 'cas', '.new'), join(stack.folder, 'cas', 'partners.pem'));
      await stack.eventually(async () => expect(await statusOf('a.wide.test', { own: eve })).toBe(200));
      expect(await statusOf('a.wide.test', { own: ann })).toBeUndefined();
      await stack.eventually(() => expect(stack.daemon.text().slice(mark)).toContain('HAProxy reloaded'));
    },
  );
});
