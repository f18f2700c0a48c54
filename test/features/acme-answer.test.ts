import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import { reservedPort } from '../support/network/port-block.ts';
import { get } from '../support/network/request.ts';
import { acmeLines } from '../../src/render/frontends/acme-answer.ts';

const thumbprint = '72apEdnCtVPcIuhTpKI-3Px_XnZJzSjgTqbhUYsiOkU';
const token = 'DGyRejmCefe7v4NfDGDKfA_-x';

describe.each(HAPROXIES)('%s', (binary) => {
  let port = 0;
  let running: AsyncDisposable | undefined;
  beforeAll(async () => {
    port = await reservedPort();
    const config = `global
  stats socket /golden/haproxy.sock
defaults
  mode http
  timeout connect 3s
  timeout client 3s
  timeout server 3s
frontend marathon_http_in
  bind 127.0.0.1:${port}
${acmeLines({ thumbprint, domains: ['*.example.com', 'shop.test'] })}  http-request redirect scheme https
`;
    running = await runHaproxy(binary, config);
  });
  afterAll(() => running?.[Symbol.asyncDispose]());

  const ask = (path: string, host: string) => get(path, { port, host });
  const asked = `/.well-known/acme-challenge/${token}`;

  test('answers for its domains, whatever the host is written like', async () => {
    for (const host of ['a.example.com', 'A.b.Example.COM', 'a.example.com:5002', 'shop.test']) {
      const { status, text, headers } = await ask(asked, host);
      expect({ status, text, type: headers['content-type'] }).toEqual({
        status: 200,
        text: `${token}.${thumbprint}`,
        type: 'text/plain',
      });
    }
  });

  test('leaves other hosts and other paths to the rules that follow', async () => {
    for (const host of ['example.com', 'evilexample.com', 'shop.test.evil.org', 'other.org', '']) {
      expect(await ask(asked, host)).toMatchObject({ status: 302 });
    }
    const tokens = ['', 'a/b', 'a%0d%0ab', 'a.b', '<script>', 'a%', 'a'.repeat(129), 'a/../b'];
    for (const each of tokens) {
      expect(await ask(`/.well-known/acme-challenge/${each}`, 'shop.test')).toMatchObject({ status: 302 });
    }
    expect(await ask(`/x${asked}`, 'shop.test')).toMatchObject({ status: 302 });
    expect(await ask(`/xwell-known/acme-challenge/${token}`, 'shop.test')).toMatchObject({ status: 302 });
  });

  test('does not show what comes after the path', async () => {
    expect(await ask(`${asked}?x=<script>`, 'shop.test')).toMatchObject({ status: 200, text: `${token}.${thumbprint}` });
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET http://shop.test${asked} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n`),
      );
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.once('error', reject).once('close', () => resolve(text));
    });
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 200[^]*\r\n\r\n${token}[.]${thumbprint}$`));
  });
});
