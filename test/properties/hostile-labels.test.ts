import { spawnSync } from 'node:child_process';
import { cpuTime } from '../support/cpu-time.ts';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelRow } from '../../src/model/labels/rows/row.ts';
import { labels } from '../../src/model/labels/table.ts';
import { type ConfigDocument, print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { LABEL_MAP } from '../../src/render/files/map.ts';
import { addFiles, type CaseOptions, outcomeOf } from '../support/rendering/golden.ts';
import { sureWords } from '../../src/haproxy-config/words.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  await addFiles(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const OPTIONS: Readonly<Record<string, CaseOptions>> = {
  plain: { args: ['--group', 'external'] },
  grouped: { args: ['--group', 'external', '--group-https-by-vhost'] },
  maps: { args: ['--group', 'external', '--haproxy-map'] },
};

const ROWS: readonly LabelRow[] = labels;

/** Values that an app may well have; all of them are rendered somewhere. */
const BENIGN: Readonly<Record<string, string>> = {
  VHOST: 'mine.test',
  PATH: '/mine',
  AUTH: 'Mine:me:$5$abc$def',
  STICKY: 'true',
  REDIRECT_TO_HTTPS: 'false',
  USE_HSTS: 'true',
  SSL_CERT: '/golden/one.pem',
  BIND_OPTIONS: 'maxconn 10',
  BIND_ADDR: '127.0.0.1',
  PORT: '20001',
  MODE: 'http',
  BALANCE: 'source',
  BACKEND_WEIGHT: '3',
  BACKEND_NETWORK_ALLOWED_ACL: '127.0.0.0/8',
  BACKEND_HEALTHCHECK_PORT_INDEX: '0',
  HTTP_BACKEND_PROXYPASS_PATH: '/mine',
  HTTP_BACKEND_REVPROXY_PATH: '/mine',
  HTTP_BACKEND_REDIR: '/mine',
  TIMEOUT_SERVER: '5m',
  TIMEOUT_CONNECT: '2s',
  TIMEOUT_QUEUE: '2s',
  TIMEOUT_TUNNEL: '2h',
  RETRIES: '2',
  RETRY_ON: 'conn-failure,503',
  MAX_CONNECTIONS: '50',
  MAX_QUEUE: '100',
  SLOW_START: '30s',
  PROXY_PROTOCOL: 'v2',
  BACKEND_PROTOCOL: 'https',
  BACKEND_CA: '/golden/one.pem',
  BACKEND_VERIFY_HOST: 'mine.internal',
  STICKY_BY: 'header X-User',
  STICKY_COOKIE: 'mine; Secure; SameSite=Lax',
  REDIRECT_FROM: 'www.mine.test',
  REDIRECT_CODE: '308',
  REQUEST_HEADERS: 'set X-A: b; del X-C',
  RESPONSE_HEADERS: 'set X-A: it\'s "b" 100%',
  CORS_ORIGINS: 'https://mine.test,*.mine.test',
  CORS_METHODS: 'GET,PUT',
  CORS_HEADERS: 'X-A,X-B',
  CORS_CREDENTIALS: 'true',
  CORS_MAX_AGE: '10m',
  REWRITE: '^/v1/(.*)$ /mine/\\1',
  ALLOW: '127.0.0.0/8, ::1; /mine 127.0.0.1',
  DENY: '192.0.2.0/24; /mine/x 127.0.0.2',
  RATE_LIMIT: '100/10s',
  RATE_LIMIT_EXEMPT: '10.0.0.0/8',
  CLIENT_CONNECTIONS: '20',
  MAX_BODY: '10m',
  AUTH_USERS: 'me:$5$abc$def; you:$5$abc$def',
  CHECK_PATH: '/mine/health',
  CHECK_HOST: 'mine.test',
  CHECK_STATUS: '200-299,404',
  CHECK_INTERVAL: '5s',
  CHECK_RISE: '2',
  CHECK_FALL: '4',
  MAINTENANCE: 'Back soon',
  COMPRESS: 'text/html',
  CANARY_OF: '/other-1:0',
  CANARY_WEIGHT: '50',
  CANARY_MATCH: 'header X-Canary 1; cookie beta',
  CANARIES: '/mine,/other-1',
};

/** As long as they may be, and as costly. */
const LONG: Readonly<Record<string, string>> = {
  // Each host costs what an app with one host costs.
  VHOST: Array.from({ length: 20 }, (_, at) => `h${at}.e`).join(','),
  // HAProxy reads lines of 64 words.
  PATH: Array.from({ length: 50 }, () => `/${'x'.repeat(1300)}`).join(' '),
  AUTH: `${'r'.repeat(200)}:${'u'.repeat(200)}:$6$rounds=100000$${'s'.repeat(64)}$${'x'.repeat(150)}`,
  BIND_ADDR: '127.0.0.1',
  BIND_OPTIONS: `ssl crt /golden/one.pem alpn ${'h2,'.repeat(1000)}h2`,
  BACKEND_NETWORK_ALLOWED_ACL: Array.from({ length: 4000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`).join(' '),
  HTTP_BACKEND_PROXYPASS_PATH: `/${'p'.repeat(20_000)}`,
  HTTP_BACKEND_REVPROXY_PATH: `/${'p'.repeat(60_000)}`,
  HTTP_BACKEND_REDIR: `/${'p'.repeat(60_000)}`,
  ALLOW: Array.from({ length: 1000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`).join(','),
  REQUEST_HEADERS: Array.from({ length: 50 }, (_, at) => `set X-${at}: ${'x'.repeat(1000)}`).join('\n'),
  REWRITE: Array.from({ length: 20 }, (_, at) => `^/${'x'.repeat(480)}${at}(.*) /\\1`).join(';'),
  AUTH_USERS: Array.from({ length: 30 }, (_, at) => `u${at}:$6$${'s'.repeat(64)}$${'x'.repeat(86)}`).join(';'),
  CORS_ORIGINS: Array.from({ length: 50 }, (_, at) => `*.${'h'.repeat(60)}${at}.test`).join(','),
};

function appWith(id: string, more: Readonly<Record<string, string>>, port: number, definition: object = {}): object {
  return {
    id,
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', ...more },
    portDefinitions: [{ port, protocol: 'tcp' }],
    versionInfo: { lastConfigChangeAt: '2020-01-01T00:00:00.000Z' },
    tasks: [{ id: `${id.slice(1)}.1`, host: '127.0.0.1', ports: [port + 20_000], state: 'TASK_RUNNING' }],
    ...definition,
  };
}

const others = [1, 2].map((n) =>
  appWith(`/other-${n}`, { HAPROXY_0_VHOST: `other-${n}.test`, HAPROXY_0_PATH: `/${n}` }, 10_000 + n),
);

/** Texts of an app's definition that are no labels, and what of it has them. */
const TEXTS: Readonly<Record<string, (text: string) => object>> = {
  'check path': (path) => ({ healthChecks: [{ protocol: 'HTTP', path, portIndex: 0 }] }),
  'check protocol': (protocol) => ({ healthChecks: [{ protocol, path: '/', portIndex: 0 }] }),
  'check port': (portIndex) => ({ healthChecks: [{ protocol: 'HTTP', path: '/', portIndex }] }),
  'check command': (value) => ({ healthChecks: [{ protocol: 'COMMAND', command: { value } }] }),
  'app id': (id) => ({ id: `/mine${id}` }),
  'port name': (name) => ({ portDefinitions: [{ port: 10_100, protocol: 'tcp', name }] }),
  'task id': (id) => ({ tasks: [{ id, host: '127.0.0.1', ports: [30_100], state: 'TASK_RUNNING' }] }),
  'task host': (host) => ({ tasks: [{ id: 'mine.1', host, ports: [30_100], state: 'TASK_RUNNING' }] }),
  version: (version) => ({ version, versionInfo: { lastConfigChangeAt: version, lastScalingAt: version } }),
};

/** The document of others and one app with the labels of `BENIGN`, one of them or a text of its definition changed. */
function documentWith(name: string, value: string, options: CaseOptions): ConfigDocument {
  const row = ROWS.find((each) => each.name === name);
  const text = TEXTS[name];
  const label = row?.per === 'app' ? `HAPROXY_${name}` : `HAPROXY_0_${name}`;
  const own = Object.fromEntries(Object.entries(BENIGN).map(([each, text]) => [`HAPROXY_0_${each}`, text]));
  const mine =
    text === undefined ? appWith('/mine', { ...own, [label]: value }, 10_100) : appWith('/mine', own, 10_100, text(value));
  return outcomeOf([...others, mine], options).document;
}

function isOthers(owner: { readonly app: string } | undefined): boolean {
  return owner === undefined || owner.app.startsWith('/other-');
}

/** All that is not the app's: every line of others, in order. The one rule that looks up a map is that of any app. */
function linesOfOthers(document: ConfigDocument): readonly string[] {
  const lines = document.sections.flatMap(({ owner, blocks, servers = [] }) => {
    if (!isOthers(owner)) return [];
    const own = blocks.filter((block) => isOthers(block.owner) && !block.text.includes('mine'));
    return [...own, ...servers].flatMap(({ text }) => text.split('\n'));
  });
  return lines.filter((line) => !line.includes('map('));
}

/** The lines that the app has in sections of all, as their first word and how many there are. A realm is one word, paths are none. */
function shapesOf(document: ConfigDocument): readonly string[] {
  const shared = document.sections.filter(({ owner }) => isOthers(owner));
  const own = shared.flatMap(({ blocks }) => blocks.filter(({ owner }) => !isOthers(owner)));
  return (
    own
      .flatMap(({ text }) => text.split('\n'))
      // The bind line of a host's own frontend has the options of its service.
      .filter((line) => !line.startsWith('  bind '))
      .map((line) => {
        const words = line
          .trim()
          .replace(/^(acl path_\S+ path_beg)(?: -[in]| -m [a-z]+)*(?: (?:[\w.~!&()*+,;=:@/-]|%[0-9a-f]{2})+)*$/i, '$1')
          .replace(/realm "[^"\\$%{}#]*"/, 'realm x')
          .split(' ');
        return `${words[0]} ${words.length}`;
      })
  );
}

/** The text without the values of headers, which are one word for HAProxy. */
function masked(text: string): string {
  return text.replaceAll(/^ {2}(http-\S+ (?:set|add)-header) .*$/gm, (line, start: string) => {
    const words = sureWords(line) ?? [];
    return words.length === 4 && !/%\[/.test(words[3]?.replace(HEADER_VALUES, '') ?? '') ? `  ${start} x` : line;
  });
}

/** The map of labels: each line is a key and a value, which the running HAProxy can be told, too. */
function labelMapOf(document: ConfigDocument): string {
  return document.files.flatMap((file) => (file.name === LABEL_MAP ? printFile(file) : [])).join('');
}

/** What the lines themselves have there. */
const HEADER_VALUES = /^%\[(?:dst_port|req\.hdr\(host\)|var\(txn\.label_origin\))\]$/;

/** Shapes of lines that labels of all kinds bring. */
function benignShapes(options: CaseOptions): ReadonlySet<string> {
  const changes = [['VHOST', 'a.test,b.test'], ['REDIRECT_TO_HTTPS', 'true'], ...Object.keys(BENIGN).map((name) => [name, ''])];
  return new Set(changes.flatMap(([name = '', value = '']) => shapesOf(documentWith(name, value, options))));
}

const NASTY = [
  '"',
  "'",
  '\\',
  '\\x20',
  '#',
  ' # ',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '$HOME',
  '${X-80}',
  '"${X[*]-a if TRUE}"',
  '%[env(HOME)]',
  '%[str(a),map(/etc/passwd)]',
  '{',
  '}',
  '{{',
  '{backend}',
  ' if TRUE',
  ' -f /etc/passwd',
  '-M -f /x',
  'unix@/tmp/x',
  'fd@3',
  'abns@x',
  '*:80',
  ':79-81',
  ',',
  'frontend x',
  '\nfrontend x\n',
  '\u001b[2J',
  '\u2028',
  '\u00a0',
  '\ud800',
  'ü',
  '$6$rounds=5000000$s$x',
  '@',
  '(',
  '(a+)+',
  '|',
  '^',
  ':',
  '//',
  '..',
  '-',
  'crt-list /etc/passwd',
  '\u202e',
];

const spice = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 }));
/** A good value with something nasty in it, or only that. */
const hostile = fc.constantFrom(...ROWS.map(({ name }) => name), ...Object.keys(TEXTS)).chain((name) =>
  fc
    .tuple(fc.constant(name), fc.tuple(fc.nat(40), fc.array(spice, { minLength: 1, maxLength: 3 }), fc.boolean()))
    .map(([, [at, words, isWhole]]) => {
      const good = BENIGN[name] ?? 'mine';
      const place = at % (good.length + 1);
      return { name, value: isWhole ? words.join('') : good.slice(0, place) + words.join('') + good.slice(place) };
    }),
);

/** As soon as a service asks for lines by ACCESS_LOG, the frontends that it shares write them, for no other service. */
const LOG_LINES = /^ {2}(?:log-format |http-request set-(?:var\(txn\.log_|log-level silent$))/;

describe.each(Object.keys(OPTIONS))('%s', (name) => {
  const options = OPTIONS[name] as CaseOptions;
  const expected = linesOfOthers(outcomeOf(others, options).document);

  it('no value of a label changes a line of others', () => {
    fc.assert(
      fc.property(hostile, ({ name: label, value }) => {
        const all = linesOfOthers(documentWith(label, value, options));
        const lines = label === 'ACCESS_LOG' ? all.filter((line) => !LOG_LINES.test(line)) : all;
        // What an app adds to the grouped frontends names its hosts, and stands between those of others.
        const kept = new Set(lines);
        expect(expected.filter((line) => !kept.has(line))).toEqual([]);
        expect(name === 'plain' ? lines : expected).toEqual(expected);
      }),
      { numRuns: 1500, seed: 20_261_126 },
    );
  });

  it('no text of a value is more than one word, or has what HAProxy would read something else in', () => {
    const benign = benignShapes(options);
    expect(benign.size).toBeGreaterThan(3);
    fc.assert(
      fc.property(hostile, ({ name: label, value }) => {
        const document = documentWith(label, value, options);
        const ids = new Set(document.sections.map(({ kind, name: section }) => `${kind} ${section}`));
        expect(ids.size).toBe(document.sections.length);
        const whole = print(document);
        // The path of a check has no meaning to HAProxy but for what quotes would bring.
        const text = masked(whole.replaceAll(/(?<=^ {2}option httpchk GET )[^\n"'\p{Cc}]*$/gmu, '/'));
        expect(text.match(/^(?:frontend|backend|listen|userlist|global|defaults)\b/gm)?.length).toBe(
          document.sections.length + 1,
        );
        expect(text).not.toMatch(
          /[^\n\u0020-\u007e\u00a1-\u{10ffff}]|\\x|map\(\/etc|env\(|bind \S*(?:unix|fd|abns)@(?!\S+ accept-proxy)|rounds=5000000| crt-list|\$\{/u,
        );
        expect(shapesOf(document).filter((shape) => !benign.has(shape))).toEqual([]);
        expect(labelMapOf(document).replaceAll(/^[\w.:-]+ [\w.%-]+\n/gm, '')).toBe('');
      }),
      { numRuns: 1500, seed: 20_261_127 },
    );
  });
});

describe('HAProxy', () => {
  const binaries = [...new Set([...HAPROXIES, '/opt/haproxy-3.4/haproxy'].filter((path) => existsSync(path)))];
  // The path of a check with several blanks has too many words for HAProxy: that costs the app which has it, no other.
  const accepted = hostile.filter(({ name, value }) => name !== 'check path' || !/[ \t]\S+[ \t]/.test(value));
  const samples = fc.sample(accepted, { numRuns: 60, seed: 20_261_128 });

  it.each(binaries)('%s accepts all of them', (haproxy) => {
    const refused: unknown[] = [];
    for (const [at, { name, value }] of samples.entries()) {
      const config = join(folder, `${at}.cfg`);
      const document = documentWith(name, value, OPTIONS['plain'] as CaseOptions);
      for (const map of document.files) writeFileSync(join(folder, map.name), printFile(map));
      writeFileSync(config, print(document).replaceAll('/golden/', `${folder}/`));
      const { status, stderr } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8', timeout: 10_000 });
      // From 3.3 on a frontend and a backend must not have one name. A host of a task that has no address costs only its app.
      const expected = /same name|could not resolve address|Failed to initialize server\(s\) addr|Fatal errors|Error\(s\) found/;
      const alerts = stderr.split('\n').filter((line) => line.includes('ALERT') && !expected.test(line));
      if (alerts.length > 0 || status === null) refused.push({ name, value, alerts });
    }
    expect(refused).toEqual([]);
  });
});

describe('the longest values of all labels', () => {
  const many = Array.from({ length: 1500 }, (_, at) =>
    appWith(`/many-${at}`, { HAPROXY_0_VHOST: `many-${at}.test` }, 10_200 + at),
  );
  const long = appWith(
    '/long',
    Object.fromEntries(Object.entries(LONG).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
    9000,
  );

  it.each(HAPROXIES)('cost the check of all others little, with %s', { timeout: 60_000 }, (haproxy) => {
    const options: CaseOptions = { args: ['--group', 'external'], head: 'default' };
    const paths = [many, [...many, long]].map((apps, at) => {
      const path = join(folder, `many-${at}.cfg`);
      writeFileSync(path, print(outcomeOf(apps, options).document).replaceAll('/golden/', `${folder}/`));
      return path;
    });
    const times = [[], []] as number[][];
    // In turns, so that what else the machine does hits both.
    for (let round = 0; round < 5; round += 1) {
      for (const [at, path] of paths.entries()) times[at]?.push(checkTime(haproxy, path));
    }
    const [without = 0, withIt = 0] = times.map((each) => Math.min(...each));
    // 4,000 networks are 4,000 lines, hashes are tried once; what this is to find costs seconds.
    expect(withIt).toBeLessThan(1.2 * without + 1000);
  });
});

it('a long value costs time in proportion to it', () => {
  for (const name of [...ROWS.map((row) => row.name), ...Object.keys(TEXTS)]) {
    timeFor(name, 6000);
    expect({ name, isFast: timeFor(name, 600_000) < 1000 }).toEqual({ name, isFast: true });
  }
});

/** Milliseconds that HAProxy needs to check a file. */
function checkTime(haproxy: string, path: string): number {
  const began = performance.now();
  const { stderr, status } = spawnSync(haproxy, ['-c', '-f', path], { encoding: 'utf8', timeout: 20_000 });
  expect(stderr.split('\n').filter((line) => line.includes('ALERT') && !/same name|rror\(s\) found|Fatal/.test(line))).toEqual(
    [],
  );
  expect(status).not.toBeNull();
  return performance.now() - began;
}

/** Milliseconds for a document with a value of that length. */
function timeFor(name: string, length: number): number {
  const value = (BENIGN[name] ?? 'mine') + '"$a.[('.repeat(length / 6);
  return cpuTime(() => documentWith(name, value, { args: ['--group', 'external', '--max-label-length', '10000000'] }));
}
