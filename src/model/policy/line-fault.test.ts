import fc from 'fast-check';
import { cpuTime } from '../../../test/support/cpu-time.ts';
import { describe, expect, it } from 'vitest';
import { DIRECTIVES } from './directives.ts';
import { FORBIDDEN } from './forbidden.ts';
import { lineFault, serverWordsFault } from './line-fault.ts';

describe('lines that were tried as attacks', () => {
  it.each([
    'server x unix@/var/run/marathon-lb/haproxy.sock',
    'server x 127.0.0.1:9092',
    'server x {host_ipv4}:9092',
    'server x {host_ipv4}:{port} track victim_10001/a',
    'server x {host_ipv4}:{port} source 10.0.0.1',
    'server x {host_ipv4}:{port} agent-addr 10.0.0.1 agent-check agent-port 1',
    'server x {host_ipv4}:{port} redir http://elsewhere.test',
    'server-template x 3 victim.test:80',
    'stats enable',
    'stats uri /s',
    'stats admin if TRUE',
    'http-request use-service "lua.getconfig${Q-}"',
    'http-request use-service "prometheus-${Q-exporter}"',
    'use_backend "st${Q-ats}"',
    'use_backend victim_10001',
    'default_backend victim_10001',
    'http-request return status 200 content-type text/plain file /etc/shadow',
    'http-request return status 200 content-type text/plain lf-file /etc/shadow',
    'http-request return status 200 errorfile /etc/shadow',
    'errorfile 503 /etc/shadow',
    'bind *:80',
    'maxconn 1',
    'timeout client 1',
    'capture request header Authorization len 100',
    'log 10.0.0.9 local0',
    'http-request set-map(/etc/haproxy/domain2backend.map) shop.test mine',
    'http-request add-acl(/etc/x) %[src]',
    'http-request set-var(proc.x) str(a)',
    'http-request set-var(sess.x) str(a)',
    'http-request set-var(txn.log_path) str(/other)',
    'http-request set-var(txn.log_id) str(a)',
    'http-request set-var-fmt(txn.x) %[env(HOME)]',
    String.raw`http-response set-header X-A "a\r\nB: c"`,
    String.raw`http-request return status 200 hdr string "a\r\nB: c"`,
    'http-request do-resolve(txn.ip,dns) hdr(Host)',
    'http-request set-header X-A %[str(user),map(/etc/passwd),url_enc]',
    'http-request set-header X-A %[str(user),map_reg(/etc/passwd)]',
    'http-request set-header X-A %[str(user) , map (/etc/passwd)]',
    'http-request set-header X-A %[env(HOME)]',
    'http-request set-header X-A "$SECRET"',
    'http-request set-header X-A "${SECRET}"',
    'http-request set-header X-A %[lua.getconfig]',
    'http-request cache-use victims',
    'http-request track-sc0 src table victim_10001',
    'http-request lua.getconfig',
    'http-request silent-drop',
    'http-request set-nice 1024',
    'acl a path -f /etc/shells',
    'acl a path -M -f /etc/shells',
    'option external-check',
    'external-check path /bin/sh',
    'option httplog',
    'filter spoe engine x config /etc/x',
    'default-server ssl ca-file /etc/ssl/cert.pem verify required',
    'default-server crt /etc/ssl/cert.pem',
    'http-check connect addr 127.0.0.1 port 9092',
    'tcp-check connect addr 127.0.0.1 port 9092',
    'stick-table type ip size 1g expire 1d',
    'stick-table type ip size 1k peers others',
    'stick on src table victim_10001',
    'http-request deny unless { http_auth(user_victim_10001) }',
    'http-request replace-path ^(a+)+$ /',
    'dispatch 127.0.0.1:9092',
    'mode health',
    'mode http extra',
    'id 1',
    'disabled',
    'load-server-state-from-file local',
    '.if 1',
    'frontend evil',
    'backend evil',
    'no stats enable',
    'default option httplog',
    'no bind *:80',
    'http-request set-header X-A "open',
    'http-request set-header X-A a\\',
    'http-request set-header X-A \u0007',
    'http-request set-header X-A \\x07',
    '"http-request" set-map(a) b c',
  ])('%s is denied', (line) => {
    expect(lineFault(line)).toEqual(expect.any(String));
    expect(lineFault(`  ${line}`)).toEqual(expect.any(String));
  });

  it.each(FORBIDDEN.filter(({ example }) => !example.includes('"')).map(({ example, what }) => [example, what]))(
    '%s is denied by its row',
    (example, what) => {
      expect(lineFault(example)).toContain(`has one of ${what}`);
    },
  );

  it('a variable in double quotes is denied', () => {
    expect(lineFault('http-request set-header X-A "${HOME}"')).toContain('environment');
  });
});

describe('lines that teams need', () => {
  it.each([
    '',
    '   # a comment with bind, stats and ${X}',
    'http-request set-header Host shop.test',
    'http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    'http-request deny if { src_http_req_rate() gt 100 }',
    'http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100 }',
    'http-request deny unless { hdr(X-Key) -m str abc }',
    'acl api path_beg -i /api',
    'acl found req.hdr(x) -m found',
    'no option httpclose',
    'server {serverName} {host_ipv4}:{port} id {serverId} check inter 3s ssl verify none',
    'server {serverName} {host}:{port} backup',
    'http-request set-var(txn.x) req.hdr(x)',
    'http-request set-var(txn.logged) req.hdr(x)',
    String.raw`option httpchk GET /health HTTP/1.1\r\nHost:\ shop.test`,
    String.raw`http-request return status 200 content-type text/plain string "a\nb"`,
    'timeout server 10m',
    'redirect prefix https://shop.test code 301 if { path / }',
    'http-response set-header Content-Security-Policy "default-src \'self\'"',
    String.raw`http-request replace-path ^/shop(/.*)?$ \1`,
    'stick-table type string len 32 size 100k expire 30m store gpc0,http_req_rate(10s)',
    'cookie SRV insert indirect nocache httponly secure',
  ])('%s', (line) => {
    expect(lineFault(line)).toBeUndefined();
  });
});

it('words for servers are held against their list', () => {
  expect(serverWordsFault('check inter 5s fall 3 port {healthCheckPort}')).toBeUndefined();
  expect(serverWordsFault('check addr 127.0.0.1')).toContain('addr');
  expect(serverWordsFault('check\ttrack a/b')).toContain('track');
  expect(serverWordsFault('check inter')).toBeUndefined();
});

/** Writes a word so that HAProxy reads the same: by quotes and escapes, each character in some way. */
const spelled = (word: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...Array.from(word, (char) =>
        fc.constantFrom(
          ...(/[\w.,()/@*+^%:[\]-]/.test(char) ? [char, `"${char}"`, `'${char}'`] : [`"${char}"`, `'${char}'`]),
          `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
          `"\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}"`,
        ),
      ),
    )
    .map((parts) => parts.join(''));

it('a forbidden line is denied however its words are quoted', () => {
  const examples = FORBIDDEN.map(({ example }) => example).filter((example) => !/["$]/.test(example));
  const line = fc
    .constantFrom(...examples)
    .chain((example) => fc.tuple(...example.split(' ').map(spelled)).map((words) => words.join(' ')));
  fc.assert(
    fc.property(line, (text) => {
      expect(lineFault(text)).toMatch(/^has one of/);
    }),
    { numRuns: 3000, seed: 20_261_126 },
  );
});

const spelledLine = (words: string): fc.Arbitrary<string> =>
  fc.tuple(...words.split(' ').map(spelled)).map((parts) => parts.join(' '));

it('a directive that is not listed is denied however it is quoted, and one that is listed is not', () => {
  const unlisted = ['bind', 'errorfile', 'use-server', 'http-request set-nice', 'option httplog', 'source'];
  const others = fc.constantFrom(...unlisted).chain(spelledLine);
  const own = fc
    .constantFrom(...DIRECTIVES.filter(({ only }) => only === undefined).map(({ words }) => words))
    .chain(spelledLine);
  fc.assert(
    fc.property(others, own, (denied, allowed) => {
      expect(lineFault(denied)).toEqual(expect.any(String));
      expect(lineFault(allowed)).toBeUndefined();
    }),
    { numRuns: 1000, seed: 1 },
  );
});

it('takes time in proportion to the length of a line', () => {
  for (const piece of ['srv_', 'map', '(', 'a(', '((((a', ' ', '\\x28', '"', 'lua', ')(', 'a\\ ', '%[']) {
    const time = cpuTime(() => lineFault(`http-request set-header X ${piece.repeat(65_536 / piece.length)}`));
    expect({ piece, isFast: time < 300 }).toEqual({ piece, isFast: true });
  }
});
