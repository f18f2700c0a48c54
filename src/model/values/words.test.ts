import { describe, expect, it } from 'vitest';
import { parseBalance } from './servers/balance.ts';
import { parseBindOptions, parseCertificates } from './network/bind-options.ts';
import { parseId, parseWord } from './ids.ts';

describe('parseBalance', () => {
  it.each([
    'roundrobin',
    'leastconn',
    'source',
    'uri',
    'uri whole',
    'uri len 20 depth 3',
    'url_param session',
    'url_param x check_post 64',
    'hdr(host)',
    'hdr(X-User) use_domain_only',
    'rdp-cookie(mstshash)',
    'random(3)',
    'hash req.hdr(x-user)',
    'magic',
  ])('%j is fine', (text) => expect(parseBalance(text)).toEqual({ value: text }));

  it.each([
    'source # x',
    'hash str(a),map(/etc/shadow)',
    '"source"',
    'uri $X',
    'hdr(%[src])',
    'hash env(HOME)',
    'x'.repeat(201),
    'source\\x20',
    'lua.x',
  ])('%j is not', (text) => expect(parseBalance(text)).toHaveProperty('must'));
});

describe('parseBindOptions', () => {
  it.each([
    'ciphers AES128+EECDH:AES128+EDH force-tlsv12',
    'no-sslv3 no-tlsv10 ciphers AES128+EECDH:!aNULL:@SECLEVEL=1',
    'ssl-min-ver TLSv1.2 alpn h2,http/1.1',
    'verify required ca-file /etc/ssl/ca.pem',
    'interface eth0 maxconn 10 accept-proxy',
  ])('%j is fine', (text) => expect(parseBindOptions(text)).toEqual({ value: text }));

  it.each([
    'ssl crt-list /etc/passwd',
    'accept-proxy  ,127.0.0.1:9090',
    'ssl crt"-list" /etc/passwd',
    'ssl crt\\-list /etc/passwd',
    'level admin',
    'expose-fd listeners',
    'namespace x',
    'maxconn 1 # x',
    'ciphers $X',
    'ciphers %[x]',
    "ciphers 'x'",
  ])('%j is not', (text) => expect(parseBindOptions(text)).toHaveProperty('must'));
});

describe('parseCertificates', () => {
  it.each(['/etc/ssl/shop.pem', 'shop.pem', '/etc/ssl/', '/etc/ssl/a.pem crt /etc/ssl/b.pem'])('%j is fine', (text) => {
    expect(parseCertificates(text)).toEqual({ value: text });
  });

  it.each(['/a.pem crt-list /etc/passwd', '/a.pem level admin', '/a.pem crt', '"/a.pem"', '/a.pem #', '/$X', '-x', '/a\\x20b'])(
    '%j is not',
    (text) => {
      expect(parseCertificates(text)).toHaveProperty('must');
    },
  );
});

describe('parseId', () => {
  it.each(['shop', '/shop/web', 'a.b_c-d'])('%j is fine', (text) => expect(parseId(text)).toEqual({ value: text }));

  it.each(['a\n  #', 'a #', 'a"b', 'a\u0000', '#', '', 'a b', 'ü'])('%j is not', (text) =>
    expect(parseId(text)).toHaveProperty('must'),
  );
});

it('parseWord takes a colour', () => {
  expect(parseWord(' blue ')).toEqual({ value: 'blue' });
  expect(parseWord('b l')).toHaveProperty('must');
});

describe('what is no file', () => {
  it.each([
    '/dev/zero',
    '//dev//zero',
    '/./dev/tty',
    './dev/zero',
    'dev/zero',
    '../../dev/zero',
    '/etc/ssl/../../dev/zero',
    '/proc/self/fd/0',
    '/sys/kernel/x',
    '/run/initctl',
    '/var/run/systemd/inhibit/1.ref',
    '/etc/x.pem crt /dev/zero',
  ])('%j is refused as a certificate, and in options', (path) => {
    expect(parseCertificates(path)).toEqual({ must: expect.stringContaining('/dev') });
    expect(parseBindOptions(`ssl ca-file ${path}`)).toEqual({ must: expect.stringContaining('/dev') });
  });

  it.each(['/etc/ssl/dev/x.pem', '/run/secrets/x.pem', 'dev.pem', '/etc/ssl/a..b.pem', '/devices/x.pem', './x.pem'])(
    '%j is fine',
    (path) => {
      expect(parseCertificates(path)).toEqual({ value: path });
      expect(parseBindOptions(`crt ${path}`)).toEqual({ value: `crt ${path}` });
    },
  );
});
