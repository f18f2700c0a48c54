/** What HAProxy answers in place of its own error pages (`--error-pages`, the label ERROR_PAGES). */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { startStack, type Ports, type Prepared, type Stack } from '../support/program/stack.ts';

/** Nobody listens on port 1. */
const AWAY = { HAPROXY_0_RETRIES: '0', HAPROXY_0_BACKEND_SERVER_OPTIONS: '  server {serverName} 127.0.0.1:1\n' };
const OWN = '  http-error status 503 content-type text/plain string "own"\n';

const apps = ({ service }: Ports): readonly object[] => [
  app('/plain', service[0] ?? 0, { HAPROXY_0_VHOST: 'plain.test', HAPROXY_0_DENY: '127.0.0.2', ...AWAY }),
  app('/shop', service[1] ?? 0, {
    HAPROXY_0_VHOST: 'shop.test',
    HAPROXY_0_ERROR_PAGES: 'shop',
    HAPROXY_0_DENY: '127.0.0.2',
    ...AWAY,
  }),
  app('/own', service[2] ?? 0, { HAPROXY_0_VHOST: 'own.test', HAPROXY_0_BACKEND_HTTP_OPTIONS: OWN, ...AWAY }),
  app('/rated', service[3] ?? 0, { HAPROXY_0_VHOST: 'rated.test', HAPROXY_0_RATE_LIMIT: '1/1h' }),
  app('/users', service[4] ?? 0, { HAPROXY_0_VHOST: 'users.test', HAPROXY_0_AUTH_USERS: 'ann:$1$abc$xyz' }),
];

const FILES = {
  '503.html': 'away',
  '403.json': '{"error":"forbidden"}',
  '401.html': 'who are you?',
  '429.http': 'HTTP/1.1 429 Slow Down\nContent-Type: text/plain\nX-Page: own\n\nslow down',
  'shop/503.html': 'the shop is closed',
};

async function writePages({ folder }: Pick<Prepared, 'folder'>): Promise<string> {
  const pages = join(folder, 'pages');
  await mkdir(join(pages, 'shop'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(pages, name), text);
  return pages;
}

async function answer(stack: Stack, host: string, more: { readonly from?: string; readonly port?: number } = {}) {
  const { status, text, headers } = await stack.get('/', { host, ...more });
  return [status, text, headers['content-type']];
}

const HTML = 'text/html; charset=utf-8';

test.each(HAPROXIES)(
  '%s answers with the pages for all and with those of a set; changed ones come live',
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      apps,
      args: async (prepared) => ['--error-pages', await writePages(prepared)],
    });
    await stack.eventually(async () => expect((await stack.get('/', { host: 'rated.test' })).status).toBe(200));
    expect(await answer(stack, 'nobody.test')).toEqual([503, 'away', HTML]);
    expect(await answer(stack, 'plain.test')).toEqual([503, 'away', HTML]);
    expect(await answer(stack, 'shop.test')).toEqual([503, 'the shop is closed', HTML]);
    expect(await answer(stack, 'shop.test', { port: stack.ports.service[1] ?? 0 })).toEqual([503, 'the shop is closed', HTML]);
    expect(await answer(stack, 'own.test')).toEqual([503, 'own', 'text/plain']);
    for (const host of ['plain.test', 'shop.test']) {
      expect(await answer(stack, host, { from: '127.0.0.2' })).toEqual([403, FILES['403.json'], 'application/json']);
    }
    const limited = await stack.get('/', { host: 'rated.test' });
    expect([limited.status, limited.text, limited.headers['x-page'], limited.headers['retry-after']]).toEqual([
      429,
      'slow down',
      'own',
      '3600',
    ]);
    const login = await stack.get('/', { host: 'users.test' });
    expect([login.status, login.text, login.headers['www-authenticate']]).toEqual([
      401,
      'who are you?',
      expect.stringContaining('Basic realm='),
    ]);
    expect(await stack.get('/_haproxy_health_check', { port: stack.ports.stats })).toMatchObject({ status: 200 });

    // A changed file, a new one, and files that cannot be used.
    const pages = join(stack.folder, 'pages');
    const mark = stack.daemon.mark();
    await writeFile(join(pages, '503.html'), 'back soon');
    await writeFile(join(pages, 'shop', '403.html'), 'not for you');
    await writeFile(join(pages, '504.http'), 'no answer');
    await symlink('/etc/passwd', join(pages, '500.html'));
    await stack.eventually(async () => expect(await answer(stack, 'plain.test')).toEqual([503, 'back soon', HTML]));
    expect(await answer(stack, 'shop.test', { from: '127.0.0.2' })).toEqual([403, 'not for you', HTML]);
    await stack.daemon.until(/error pages changed: .*marathon-lb-errors changed/, mark);
    const said = stack.daemon.text().slice(mark);
    expect(said).toMatch(
      /ERROR .*cannot use \S+\/pages\/504\.http: it has no empty line .*; the other error pages count \(--error-pages\)/,
    );
    expect(said).toMatch(/cannot use \S+\/pages\/500\.html: it leads out of the folder/);

    // A set that goes away costs the label, a folder that goes away nothing.
    await rm(join(pages, 'shop'), { recursive: true });
    stack.daemon.kill('SIGHUP');
    await stack.eventually(async () => expect(await answer(stack, 'shop.test')).toEqual([503, 'back soon', HTML]));
    await stack.daemon.until(/HAPROXY_0_ERROR_PAGES names shop, which is no set of error pages/, mark);
    await rm(pages, { recursive: true });
    await stack.daemon.until(/pages cannot be read \(ENOENT\), the error pages of before stay/, mark);
    expect(await answer(stack, 'plain.test')).toEqual([503, 'back soon', HTML]);
  },
  60_000,
);

test.each([HAPROXIES[0] ?? '', HAPROXIES.at(-1) ?? ''])(
  "%s: beside an operator's HEAD, its own pages stay for what the folder has not",
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      apps,
      args: async (prepared) => {
        const { folder, ports } = prepared;
        await mkdir(join(folder, 'templates'));
        await writeFile(join(folder, 'old.http'), 'HTTP/1.1 500 Old\r\nContent-Length: 3\r\n\r\nold');
        await writeFile(join(folder, 'templates', 'HAPROXY_HEAD'), headOf(folder, ports.stats));
        const pages = await writePages(prepared);
        await rm(join(pages, '403.json'));
        return ['--error-pages', pages, '--templates', join(folder, 'templates')];
      },
    });
    await stack.eventually(async () => expect((await stack.get('/', { host: 'rated.test' })).status).toBe(200));
    expect(await answer(stack, 'nobody.test')).toEqual([503, 'away', HTML]);
    expect(await answer(stack, 'shop.test')).toEqual([503, 'the shop is closed', HTML]);
    expect((await answer(stack, 'plain.test', { from: '127.0.0.2' })).slice(0, 2)).toEqual([500, 'old']);
  },
);

function headOf(folder: string, stats: number): string {
  return `global
  stats socket ${folder}/own.sock mode 600 level admin expose-fd listeners
defaults
  timeout connect 3s
  timeout client 30s
  timeout server 30s
  errorfile 403 ${folder}/old.http
  errorfile 503 ${folder}/old.http
listen stats
  bind *:${stats}
  mode http
  monitor-uri /_haproxy_health_check
`;
}
