import { describe, expect, it } from 'vitest';
import { featuresOf, parseHaproxyVersion } from '../config/versions/version.ts';
import { offersHttp2, routesBySni } from './http2.ts';

const [old, current] = ['2.6', '3.2'].map((text) => featuresOf(parseHaproxyVersion(text)));

describe('offersHttp2', () => {
  it.each([
    ['bind *:443 ssl crt a.pem', false, true],
    ['bind *:443 ssl crt a.pem alpn http/1.1', false, false],
    ['bind *:443 ssl crt a.pem alpn h2,http/1.1', true, true],
    ['bind *:443 ssl crt a.pem alpn h2 alpn http/1.1', false, false],
    ['bind *:443 ssl crt a.pem no-alpn', false, false],
    ['bind *:80', false, false],
  ])('%s', (line, on26, on32) => {
    const text = `frontend x\n  ${line}\n  mode http\n`;
    expect([offersHttp2(text, old!), offersHttp2(text, current!)]).toEqual([on26, on32]);
  });
});

describe('routesBySni', () => {
  it.each([
    ['  use_backend x if { ssl_fc_sni a.test }', true],
    ['  use_backend %[ssl_fc_sni,lower,map(m)]', true],
    ['  use_backend x if { req.hdr(host) a.test }', false],
    ['  use_backend x if { ssl_fc_sni_reg a }', false],
  ])('%s', (line, expected) => {
    expect(routesBySni(line)).toBe(expected);
  });
});
