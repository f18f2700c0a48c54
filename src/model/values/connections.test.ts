import { describe, expect, it } from 'vitest';
import { parseCount, parseTries } from './counts.ts';
import { parseRetryEvents } from './servers/retry-events.ts';
import { cookieWords, parseStickiness, parseStickyCookie } from './servers/stickiness.ts';
import { parseAuthority, parseHostName, parseProxyProtocol, parseTaskProtocol } from './servers/task-protocol.ts';

const readers = {
  count: parseCount,
  tries: parseTries,
  'retry events': parseRetryEvents,
  stickiness: parseStickiness,
  'sticky cookie': parseStickyCookie,
  protocol: parseTaskProtocol,
  authority: parseAuthority,
  'host name': parseHostName,
  'proxy protocol': parseProxyProtocol,
};

describe('values of labels about connections', () => {
  it.each([
    ['count', ' 1 ', 1],
    ['count', '1000000', 1_000_000],
    ['tries', '0', 0],
    ['tries', '10', 10],
    ['retry events', '503, Conn-Failure 503', '503,conn-failure'],
    ['stickiness', ' header  X-User', 'header X-User'],
    ['stickiness', 'source', 'source'],
    ['sticky cookie', 'shop;secure ; samesite=NONE;max-age=60', 'shop; Secure; SameSite=None; Max-Age=60'],
    ['protocol', ' GRPC', 'grpc'],
    ['authority', 'system', 'system'],
    ['authority', ' /etc/ssl/ca.pem ', '/etc/ssl/ca.pem'],
    ['host name', 'A.internal', 'a.internal'],
    ['proxy protocol', 'V2', 'v2'],
  ] as const)('%s: %j is %j', (type, text, value) => {
    expect(readers[type](text)).toEqual({ value });
    expect(readers[type](String(value))).toEqual({ value });
  });

  it.each([
    ['count', '0'],
    ['count', '1000001'],
    ['count', '1e3'],
    ['tries', '11'],
    ['tries', '-1'],
    ['retry events', ''],
    ['retry events', 'all-retryable-errors'],
    ['stickiness', 'header'],
    ['stickiness', 'header a b'],
    ['stickiness', 'header x),env(HOME'],
    ['stickiness', 'cookie x'],
    ['stickiness', 'header_x'],
    ['sticky cookie', ''],
    ['sticky cookie', 'a b'],
    ['sticky cookie', 'a; Path=/'],
    ['sticky cookie', 'a; SameSite=Lax=x'],
    ['sticky cookie', 'a; Max-Age=x'],
    ['sticky cookie', 'a; attr x'],
    ['protocol', 'h3'],
    ['authority', '@system-ca'],
    ['authority', 'ca.pem'],
    ['authority', '/a /b'],
    ['authority', '/a crt /b'],
    ['authority', '/dev/zero'],
    ['authority', '/a/../b'],
    ['host name', 'a b'],
    ['host name', 'a.b,c'],
    ['host name', 'str(x)'],
    ['proxy protocol', '2'],
  ] as const)('%s: %j is refused', (type, text) => {
    expect(readers[type](text)).toEqual({ must: expect.stringMatching(/^must (?:be|name) /) as string });
  });

  it('writes the words of a cookie', () => {
    expect(cookieWords('shop; Secure; SameSite=None')).toBe('shop insert indirect nocache secure attr SameSite=None');
  });
});
