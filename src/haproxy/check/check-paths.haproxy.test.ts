import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { startHaproxy } from '../../../test/support/haproxy/live-haproxy.ts';
import { withCheckPaths } from '../../render/backends/check-paths.ts';

const OPTIONS = [
  '  option httpchk GET /a\n',
  '  option httpchk HEAD /a HTTP/1.0\n  timeout check 1s\n  http-check expect status 200\n',
  '  option httpchk\n  http-check send meth GET uri /a ver HTTP/1.1 hdr Host x.test\n  http-check expect rstatus ^2\n',
  '  option httpchk GET /a\n  http-check send hdr Host x.test\n',
];

/** Answers 200 on one path, and notes what else is asked. */
async function startTask(path: string) {
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    asked.add(`${request.method} ${request.url} ${request.headers.host ?? ''}`.trim());
    response.writeHead(request.url === path ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(HAPROXIES)('%s', (binary) => {
  test.each(OPTIONS)('asks each server on its own path: %j', async (options) => {
    await using haproxy = await startHaproxy(binary);
    await using a = await startTask('/a');
    await using b = await startTask('/b?x=1&y=%7E');
    await using c = await startTask('/b?x=1&y=2');
    const paths = new Map([['/b?x=1&y=2', ['s_c', 's_added']]]);
    // With a path in the other's place that only part of the name would match.
    const text = withCheckPaths(options, '/a', new Map([...paths, ['/wrong', ['s', '_a']]]));
    const keywords = 'check inter 100 fall 2';
    const backend = `  balance roundrobin\n${text}`;
    await haproxy.bring(
      haproxy.doc(
        [
          ['s_a', a.port, keywords],
          ['s_c', c.port, keywords],
          ['s_b', b.port, keywords],
        ],
        { backend },
      ),
    );
    const added = haproxy.doc(
      [
        ['s_a', a.port, keywords],
        ['s_c', c.port, keywords],
        ['s_b', b.port, keywords],
        ['s_added', c.port, keywords],
      ],
      { backend },
    );
    expect(await haproxy.bring(added)).toMatchObject({ kind: 'runtime' });
    const states = async (): Promise<object> => {
      const lines = (await haproxy.ask('show stat')).split('\n').map((line) => line.split(','));
      const servers = lines.filter(([backend, name]) => backend === 'b' && name?.startsWith('s_') === true);
      return Object.fromEntries(servers.map((columns) => [columns[1], columns[17]]));
    };
    await expect.poll(states).toEqual({ s_a: 'UP', s_c: 'UP', s_b: 'DOWN', s_added: 'UP' });
    // Checks that came before their server was ready are over now.
    await expect.poll(() => [a, b, c].every(({ asked }) => asked.size > 0)).toBe(true);
    expect(await states()).toEqual({ s_a: 'UP', s_c: 'UP', s_b: 'DOWN', s_added: 'UP' });
    const method = options.includes('HEAD') ? 'HEAD' : 'GET';
    const host = options.includes('x.test') ? ' x.test' : '';
    expect([...a.asked]).toEqual([`${method} /a${host}`]);
    expect([...b.asked]).toEqual([`${method} /a${host}`]);
    expect([...c.asked]).toEqual([`${method} /b?x=1&y=2${host}`]);
  });
});
