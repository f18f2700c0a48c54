import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addOptions } from './options/command.ts';
import type { HaproxyAnswer } from './versions/ask-version.ts';
import { featuresOf, parseHaproxyVersion } from './versions/version.ts';
import { loadSettings } from './load-settings.ts';
import type { Settings } from './settings.ts';
import type { Machine } from './machine.ts';

const AUTH_HOSTS = ['auth.test:80', 'auth.test:443', '10.0.0.9:4180'];
const SHOP = { app: '/shop', index: 0 };
const files: Record<string, string> = { '/etc/creds': 'joe:pa:ss\nrest\n', '/etc/empty': '\n' };

function machine(change: Partial<Machine> = {}): Machine {
  return {
    env: {},
    platform: 'linux',
    cwd: '/home/joe',
    uid: 0,
    tmpdir: '/tmp',
    hostname: 'lb-1',
    openFiles: 20_000,
    readFile: (path) => files[path] ?? missing(path),
    listFolder: missing,
    exists: () => true,
    isProgram: (path) => path === '/usr/bin/haproxy',
    accessOf: () => undefined,
    isWritable: () => true,
    askHaproxy: () => says('2.6.12'),
    ...change,
  };
}

function says(text: string): HaproxyAnswer {
  return { kind: 'version', version: parseHaproxyVersion(text)! };
}

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
}

function nothing(): boolean {
  return false;
}

function debian(path: string): boolean {
  return path === '/usr/sbin/haproxy';
}

function load(line: string | readonly string[], change: Partial<Machine> = {}): Settings {
  const argv = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const command = addOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return loadSettings(command.parse(argv, { from: 'user' }).opts(), machine(change), [
    'HEAD',
    'FRONTEND_HEAD',
    'HTTPS_FRONTEND_HEAD',
  ]);
}

const g = '--group external ';

function idOf(line: string): unknown {
  return load(line).render.defaults.requestId;
}

function head(words: string): Partial<Machine> {
  return { env: { HAPROXY_HTTPS_FRONTEND_HEAD: `frontend marathon_https_in\n  bind *:443 ssl ${words}\n` } };
}

describe('loadSettings', () => {
  it('has the defaults of 1.15', () => {
    expect(load('--group external', { env: { PATH: '/bin:/usr/bin' } })).toEqual({
      marathon: {
        urls: ['http://master.mesos:8080'],
        auth: { kind: 'none' },
        caCert: undefined,
        insecure: false,
        maxBackoff: 300,
        lruCacheCapacity: 1000,
        frameworkName: undefined,
      },
      model: {
        groups: ['external'],
        strictMode: false,
        healthCheck: false,
        authScope: 'hosts',
        offersHttp2: false,
        rules: 'listed',
        assignedPorts: { min: 10050, max: 10100 },
        groupsVhosts: false,
        labelPolicy: 'full',
        limits: { labelLength: 65_536, vhosts: 1000, ordersCertificates: false, listsCertificates: false, hasClientCas: false },
        frontends: {
          reserved: [
            { address: '*', port: 80, option: '--http-port' },
            { address: '*', port: 443, option: '--https-port' },
            { address: '*', port: 9091, option: '--appid-port' },
            { address: '*', port: 9090, option: '--stats-port' },
          ],
          own: true,
        },
      },
      render: {
        haproxyMap: false,
        bindHttpHttps: true,
        groupHttpsByVhost: false,
        authScope: 'hosts',
        haproxy: featuresOf(undefined),
        translate: true,
        cacheMemory: 64,
        sslCerts: ['/etc/ssl/cert.pem'],
        haproxyDir: '/etc/haproxy',
        templates: {},
        templateWarnings: [],
        defaults: {
          bindAddress: '*',
          httpPort: 80,
          httpsPort: 443,
          appidPort: 9091,
          statsPort: 9090,
          statsSocket: '/var/run/marathon-lb/haproxy.sock',
          maxconn: 7500,
          openFiles: 20_000,
          globalDefaultOptions: ['redispatch', 'http-server-close', 'dontlognull'],
          httpsRouting: 'sni',
          forwarded: 'trust',
          dynamicCookies: false,
          adminAddress: 'unix@/var/run/marathon-lb/mlb-admin.sock',
          luaFolder: expect.stringMatching(/^\/.*\/lua$/),
          hardStopAfter: 1800,
          adminAuth: undefined,
          plainConfig: false,
          runAs: { user: 'root', group: 'root', gid: 0, mayChroot: false },
        },
      },
      haproxy: {
        config: '/etc/haproxy/haproxy.cfg',
        command: undefined,
        maxReloadRetries: 10,
        reloadInterval: 10,
        archiveVersions: 5,
        gid: 0,
        asked: { major: 2, minor: 6, text: '2.6.12' },
        skipValidation: false,
        skipConfigCleanup: false,
        binary: 'haproxy',
        runtimeUpdates: true,
        drainTimeout: 10,
        reloadMinInterval: 2,
        masterSocket: undefined,
      },
      run: {
        mode: { kind: 'once' },
        resyncInterval: 300,
        maxRemoval: 50,
        makesCertificate: true,
        stateDir: '/var/lib/marathon-lb',
        adminHosts: [],
        adminListen: { kind: 'unix', path: '/var/run/marathon-lb/mlb-admin.sock', folder: 'private' },
      },
      log: { level: 'DEBUG', format: '%(asctime)-15s %(levelname)-8s %(name)s: %(message)s', syslogSocket: '/dev/log' },
    });
  });

  it.each<[string, (settings: Settings) => unknown, unknown]>([
    ['-m http://a:1 https://b/base/ --sse', (s) => s.marathon.urls, ['http://a:1', 'https://b/base']],
    ['--state-dir state', (s) => s.run.stateDir, '/home/joe/state'],
    ['--runtime-dir run', (s) => s.render.defaults.statsSocket, '/home/joe/run/haproxy.sock'],
    ['--admin-listen 127.0.0.1:80 --bind-address 10.0.0.1', (s) => s.render.defaults.adminAddress, '127.0.0.1:80'],
    ['--admin-listen off', (s) => [s.run.adminListen, s.render.defaults.adminAddress], [undefined, undefined]],
    ['-m http://a:1 -m http://b', (s) => s.marathon.urls, ['http://a:1', 'http://b']],
    ['--marathon=http://a:1', (s) => s.marathon.urls, ['http://a:1']],
    ['--group internal', (s) => s.model.groups, ['external', 'internal']],
    ['--https-routing host', (s) => [s.render.defaults.httpsRouting, s.model.offersHttp2], ['host', true]],
    ['--https-routing host --group-https-by-vhost', (s) => s.model.offersHttp2, false],
    ['--forwarded set', (s) => s.render.defaults.forwarded, 'set'],
    ['--auth-scope all', (s) => [s.render.authScope, s.model.authScope], ['all', 'all']],
    ['--default-app /shop', (s) => [s.render.defaultApp, s.model.defaultApp], [SHOP, SHOP]],
    ['--default-app /team/shop:2', (s) => s.render.defaultApp, { app: '/team/shop', index: 2 }],
    ['--dynamic-cookies', (s) => s.render.defaults.dynamicCookies, true],
    ['--max-reload-retries -1', (s) => s.haproxy.maxReloadRetries, -1],
    ['--hard-stop-after 0', (s) => s.render.defaults.hardStopAfter, undefined],
    [
      '--auth-hosts Auth.test,10.0.0.9:4180',
      (s) => [s.model.limits?.authHosts, s.render.defaults.authHosts],
      [AUTH_HOSTS, AUTH_HOSTS],
    ],
    ['--admin-auth joe:$6$salt$hash', (s) => s.render.defaults.adminAuth, { user: 'joe', hash: '$6$salt$hash' }],
    ['--no-redact-config', (s) => s.render.defaults.plainConfig, true],
    ['--reload-interval 0.5', (s) => s.haproxy.reloadInterval, 0.5],
    ['--min-serv-port-ip-per-task 0 --max-serv-port-ip-per-task 0', (s) => s.model.assignedPorts, undefined],
    ['--min-serv-port-ip-per-task 7 --max-serv-port-ip-per-task 7', (s) => s.model.assignedPorts, { min: 7, max: 7 }],
    ['--ssl-certs /a.pem,,/b.pem', (s) => s.render.sslCerts, ['/a.pem', '/b.pem']],
    ['--haproxy-config x/h.cfg', (s) => s.haproxy.config, '/home/joe/x/h.cfg'],
    ['--haproxy-config x/h.cfg', (s) => s.render.haproxyDir, '/home/joe/x'],
    ['--cache-memory 1500k', (s) => s.render.cacheMemory, 1],
    ['--cache-memory 0m', (s) => s.render.cacheMemory, 0],
    ['--peers lb-1=10.0.0.1:1024', (s) => s.render.peers?.local, 'lb-1'],
    ['--dont-bind-http-https', (s) => s.render.bindHttpHttps, false],
    ['--dont-bind-http-https --http-port 9090', (s) => s.render.defaults.httpPort, 9090],
    ['-sH', (s) => [s.run.mode.kind, s.model.healthCheck], ['sse', true]],
    ['--dry --sse', (s) => s.run.mode, { kind: 'dry' }],
    ['--dry --output new --check', (s) => s.run.mode, { kind: 'dry', output: '/home/joe/new', check: true }],
    ['-l http://h:1', (s) => s.run.mode, { kind: 'event', listen: 'http://h:1', callbackUrl: 'http://h:1' }],
    ['-l http://h:1 -u http://lb:1/x', (s) => s.run.mode, { kind: 'event', listen: 'http://h:1', callbackUrl: 'http://lb:1/x' }],
    ['--log-level warning', (s) => s.log.level, 'WARNING'],
    ['--log-format json', (s) => s.log.format, 'json'],
    ['--syslog-socket /dev/null', (s) => s.log.syslogSocket, undefined],
  ])('reads %s', (line, pick, expected) => {
    expect(pick(load(g + line))).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ['', '', /--group is missing/],
    ['blank group', '--group=', /--group is missing/],
    ['a flag taken for a URL', `${g}-m --sse`, /--marathon needs a value .* --sse follows/],
    ['a flag taken for a text', `${g}--haproxy-config -s`, /--haproxy-config needs a value/],
    ['no scheme', `${g}-m master:8080`, /'master:8080' does not begin with http/],
    ['another scheme', `${g}-m zk://master:8080`, /does not begin with http/],
    ['a query', `${g}-m http://a/?x=1`, /query or fragment/],
    ['no host', `${g}-m http://:80`, /is no URL/],
    ['no number', `${g}--http-port http`, /--http-port: 'http' is not a whole number from 1 to 65535/],
    ['a port too high', `${g}--http-port 65536`, /'65536' is not a whole number/],
    ['a decimal', `${g}--archive-versions 1.5`, /not a whole number of at least 0/],
    ['below -1', `${g}--max-reload-retries -2`, /at least -1/],
    ['negative seconds', `${g}--reload-interval -1`, /a number of seconds of at least 0/],
    ['only min 0', `${g}--min-serv-port-ip-per-task 0`, /0 for both/],
    ['only max 0', `${g}--max-serv-port-ip-per-task 0`, /0 for both/],
    ['min above max', `${g}--min-serv-port-ip-per-task 10101`, /lowest port is above/],
    ['two ports alike', `${g}--stats-port 80`, /--http-port and --stats-port are both 80/],
    ['its own port', `${g}--stats-port 9092 --admin-listen 127.0.0.1:9092`, /--stats-port and --admin-listen are both 9092/],
    ['its own port in turn', `${g}--admin-listen *:443 --bind-address 10.0.0.1`, /--https-port and --admin-listen are both 443/],
    ['a bind address with a blank', `${g}--bind-address=*;x`, /is no address/],
    ['an unknown way of routing', `${g}--https-routing magic`, /'magic' is none of sni, host/],
    ['an unknown level', `${g}--log-level LOUD`, /'LOUD' is none of CRITICAL/],
    ['an unknown token', `${g}--log-format %(nam)s`, /unknown token '%\(nam\)'/],
    [
      'an address with a path',
      `${g}--auth-hosts https://auth.test/`,
      /--auth-hosts: 'https:\/\/auth.test\/' is neither a host name/,
    ],
    [
      'a default app without the shared frontends',
      `${g}--default-app /shop --dont-bind-http-https`,
      /--default-app has no effect with --dont-bind-http-https/,
    ],
    ['a default app without its slash', `${g}--default-app shop`, /--default-app: 'shop' must be an app id/],
    ['a password in place of its hash', `${g}--admin-auth joe:secret`, /--admin-auth: not of the form user:hash/],
    ['no size', `${g}--cache-memory 64q`, /--cache-memory 64q: it must be 0, or a size/],
    ['two modes', `${g}--sse --listening http://h:1`, /exclude each other/],
    ['a folder without --dry', `${g}--output new --sse`, /--output has a meaning only with --dry/],
    ['a check without --dry', `${g}--check`, /--check has a meaning only with --dry/],
    ['a bad listening URL', `${g}--listening h:1`, /option --listening: 'h:1'/],
    ['a bad callback URL', `${g}--listening http://h:1 -u lb`, /option --callback-url: 'lb'/],
    [
      'no kind of store',
      `${g}--cert-store /mnt/certs`,
      /--cert-store: '\/mnt\/certs' is no store; give .* dir:FOLDER, .*vault:MOUNT.*zk:/,
    ],
    ['an unknown store', `${g}--cert-store ftp:certs`, /--cert-store: 'ftp:certs' is no store/],
    ['a store without HTTPS', `${g}--cert-store dir:certs --dont-bind-http-https`, /no effect with --dont-bind-http-https/],
    ['a store and a folder that is no word', `${g}--cert-store dir:certs --state-dir a;b`, /name a path of letters.*--state-dir/],
    ['no certificate', `${g}--ssl-certs ,`, /names no file/],
    ['a missing templates folder', `${g}--templates nowhere`, /--templates: the folder \/home\/joe\/nowhere cannot be read/],
    ['no colon', `${g}--auth-credentials hidden`, /--auth-credentials: not of the form user:password/],
    ['an unreadable file', `${g}--marathon-auth-credential-file /none`, /credential-file: \/none cannot be read \(ENOENT/],
    ['an empty file', `${g}--marathon-auth-credential-file /etc/empty`, /first line of \/etc\/empty: not of the form/],
    ['two credentials', `${g}--auth-credentials a:b --marathon-auth-credential-file /etc/creds`, /exclude each other/],
    ['credentials twice', `${g}--auth-credentials a:b -m http://c:d@h`, /exclude each other/],
    ['different URLs credentials', `${g}-m http://a:b@h http://c:d@i`, /different credentials/],
    ['no JSON', `${g}--dcos-auth-credentials hidden`, /--dcos-auth-credentials: not a JSON object/],
    ['missing keys', `${g}--dcos-auth-credentials {"uid":"u"}`, /private_key, login_endpoint missing/],
  ])('refuses %s', (_, line, message) => {
    const attempt = (): unknown => load(line);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
    expect(attempt).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it("refuses a store of certificates if the operator's template has no place for their list", () => {
    const line = `${g}--cert-store dir:certs`;
    expect(() => load(line, head('crt /own.pem'))).toThrow(/needs the placeholder \{sslCerts\}.*HAPROXY_HTTPS_FRONTEND_HEAD/);
    expect(load(line, head('{sslCerts}')).render.listsCertificates).toBe(true);
    expect(load(line).run.certStore).toEqual({ kind: 'dir', folder: '/home/joe/certs' });
    expect(load(g.trim()).render.listsCertificates).toBeUndefined();
  });

  it('keeps certificates that are ordered in the store, or in a folder of its own', () => {
    const line = `${g}--acme-domains *.example.com --state-dir /state`;
    expect(load(line)).toMatchObject({
      acme: { domains: ['*.example.com'] },
      run: { certStore: { kind: 'dir', folder: '/state/acme' } },
    });
    expect(load(line).render.listsCertificates).toBe(true);
    expect(load(`${line} --cert-store dir:certs`).run.certStore).toEqual({ kind: 'dir', folder: '/home/joe/certs' });
    expect(load(line).model.limits?.ordersCertificates).toBe(true);
    expect(() => load(`${line} --dont-bind-http-https`)).toThrow(/--acme-domains has no effect with --dont-bind-http-https/);
  });

  it.each([
    ['--auth-credentials joe:pa:ss'],
    ['--marathon-auth-credential-file /etc/creds'],
    ['-m http://joe:pa%3Ass@h:1 http://joe:pa%3Ass@i'],
  ])('reads basic credentials from %s', (line) => {
    const { auth, urls } = load(g + line).marathon;
    expect(auth.kind === 'basic' && [auth.user, auth.password.reveal()]).toEqual(['joe', 'pa:ss']);
    expect(urls.join()).not.toContain('joe');
    expect(JSON.stringify(auth)).not.toContain('ss"');
  });

  it('reads a DC/OS account from the environment unless the command line has credentials', () => {
    const account = { uid: 'lb', private_key: 'PEM', login_endpoint: 'https://m/login' };
    const env = { DCOS_SERVICE_ACCOUNT_CREDENTIAL: JSON.stringify(account) };
    const { auth } = load(g, { env }).marathon;
    expect(auth.kind === 'dcos' && [auth.uid, auth.privateKey.reveal(), auth.loginEndpoint]).toEqual([
      'lb',
      'PEM',
      'https://m/login',
    ]);
    expect(load(`${g}--auth-credentials a:b`, { env }).marathon.auth.kind).toBe('basic');
    expect(() => load(g, { env: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{}' } })).toThrow(
      /^environment variable DCOS_.*: uid, private_key/,
    );
  });

  it('never shows the credentials of a bad URL', () => {
    for (const url of ['htp://u:hidden@h', 'http://u:hidden@h/?q', 'http://u:hid/hidden@h:x', 'u:hidden@h']) {
      expect(() => load([...g.trim().split(' '), '-m', url])).toThrow(/--marathon/);
      expect(() => load([...g.trim().split(' '), '-m', url])).not.toThrow(/hidden/);
    }
  });

  it('refuses a protection that a head of the operator does not have', () => {
    const line = `${g}--admin-auth joe:$6$salt$hash`;
    expect(() => load(line, { env: { HAPROXY_HEAD: 'global' } })).toThrow(
      /--admin-auth is for the default head.*http-request auth/,
    );
    expect(load(line, { env: { HAPROXY_FRONTEND_HEAD: 'frontend' } }).render.defaults.adminAuth?.user).toBe('joe');
  });

  it('reads the environment', () => {
    const env = { FRAMEWORK_NAME: 'lb', HAPROXY_GLOBAL_DEFAULT_OPTIONS: 'b, a,,b', HAPROXY_HEAD: String.raw`a\nb` };
    const settings = load(g, { env });
    expect(settings.marathon.frameworkName).toBe('lb');
    expect(settings.render.defaults.globalDefaultOptions).toEqual(['b', 'a', 'b']);
    expect(settings.render.templates).toEqual({ HEAD: 'a\nb' });
  });

  it('leaves the default syslog socket alone where there is none, but keeps one that was asked for', () => {
    expect(load(g, { exists: nothing }).log.syslogSocket).toBeUndefined();
    expect(load(`${g}--syslog-socket /dev/log`, { exists: nothing }).log.syslogSocket).toBe('/dev/log');
    expect(load(g, { platform: 'darwin' }).log.syslogSocket).toBe('/var/run/syslog');
  });

  it('has a name for the header of ids, with the option or without one', () => {
    expect([idOf(g), idOf(`${g} --request-id`), idOf(`${g} --request-id --sse`)]).toEqual([
      undefined,
      'X-Request-ID',
      'X-Request-ID',
    ]);
    expect(idOf(`${g} --request-id X-Trace-Id`)).toBe('X-Trace-Id');
    expect(() => load(`${g} --request-id Host`)).toThrow(/--request-id: the header Host has another meaning/);
  });

  it('finds HAProxy where the PATH does not look', () => {
    expect(load(g, { env: { PATH: '/usr/bin' }, isProgram: debian }).haproxy.binary).toBe('/usr/sbin/haproxy');
    expect(load(`${g}--haproxy-binary /opt/h`, { isProgram: debian }).haproxy.binary).toBe('/opt/h');
    expect(load(g, { isProgram: nothing }).haproxy.binary).toBe('haproxy');
  });
});
