import { describe, expect, it } from 'vitest';
import type { Machine } from '../../config/machine.ts';
import { prepare, type Prepared, withSockets } from './settings.ts';

function machine(env: Record<string, string>): Machine {
  return {
    env: { PATH: '/bin', PORTS: '9090', ...env },
    platform: 'linux',
    cwd: '/srv',
    uid: 0,
    tmpdir: '/tmp',
    hostname: 'lb-1',
    openFiles: 20_000,
    readFile: () => 'backend {backend}\n',
    listFolder: (path) => (path === '/sandbox/templates' ? ['HAPROXY_BACKEND_HEAD'] : []),
    exists: (path) => path === '/sandbox/templates',
    isProgram: () => true,
    accessOf: () => undefined,
    isWritable: () => true,
    askHaproxy: () => ({ kind: 'version', version: { major: 2, minor: 6, text: '2.6.12' } }),
  };
}

function prepared(raw: object = {}, env: Record<string, string> = {}, mode = 'sse'): Prepared {
  const callback = mode === 'event' ? 'lb.test:8080' : undefined;
  return prepare({ mode, callback, raw: { group: ['external'], ...raw } }, machine(env));
}

describe('prepare', () => {
  it.each<[string, () => unknown, unknown]>([
    ['follows the event stream', () => prepared().settings.run.mode, { kind: 'sse' }],
    ['polls', () => prepared({}, {}, 'poll').settings.run.mode, { kind: 'once' }],
    [
      'is ready as long as polls come in time',
      () => prepared({}, { POLL_INTERVAL: '900' }, 'poll').settings.run.resyncInterval,
      900,
    ],
    [
      'is called back',
      () => prepared({}, {}, 'event').settings.run.mode,
      { kind: 'event', listen: 'http://0.0.0.0:8080', callbackUrl: 'http://lb.test:8080' },
    ],
    [
      'takes templates of the sandbox',
      () => Object.keys(prepared({}, { MESOS_SANDBOX: '/sandbox' }).settings.render.templates),
      ['BACKEND_HEAD'],
    ],
    ['does without them', () => prepared({}, { MESOS_SANDBOX: '/other' }).settings.render.templates, {}],
    ['prefers --templates', () => prepared({ templates: '/mine' }, { MESOS_SANDBOX: '/sandbox' }).settings.render.templates, {}],
    ['sends nothing to syslog', () => prepared().settings.log.syslogSocket, undefined],
    ['knows SYSLOG_SOCKET', () => prepared({}, { SYSLOG_SOCKET: '/dev/log' }).settings.log.syslogSocket, '/dev/log'],
    ['prefers --syslog-socket', () => prepared({ syslogSocket: '/a' }, { SYSLOG_SOCKET: '/b' }).settings.log.syslogSocket, '/a'],
    [
      'has HAProxy log to stdout',
      () => prepared({}, { HAPROXY_SYSLOGD: 'true' }).settings.render.defaults.logTarget,
      'stdout format raw',
    ],
    [
      'reloads over the master socket',
      () => prepared().settings.haproxy.masterSocket,
      '/var/run/marathon-lb/haproxy.master.sock',
    ],
    ['writes certificates to /etc/ssl or the state', () => prepared().certFolders, ['/etc/ssl', '/var/lib/marathon-lb/ssl']],
    ['writes certificates elsewhere', () => prepared({ certDir: 'certs' }).certFolders, ['/srv/certs']],
    ['logs from INFO on', () => prepared().settings.log.level, 'INFO'],
    ['prefers --log-level', () => prepared({ logLevel: 'DEBUG' }).settings.log.level, 'DEBUG'],
    ['has a grace period', () => [prepared().grace, prepared({ gracePeriod: '1.5' }).grace], [8, 1.5]],
  ])('%s', (_what, pick, expected) => {
    expect(pick()).toEqual(expected);
  });

  it('hands no secrets of its own to HAProxy', () => {
    const env = { MARATHON_USER: 'joe', MARATHON_PASSWORD: 'hidden', HAPROXY_SSL_CERT5: '', NAME: 'x' };
    const { haproxyEnv, settings } = prepared({}, env);
    const admin = 'unix@/var/run/marathon-lb/mlb-admin.sock';
    expect(haproxyEnv(settings)).toEqual({ PATH: '/bin', PORTS: '9090', MARATHON_LB_ADMIN: admin });
    // A socket beside HAProxy's moves with them.
    expect(haproxyEnv(withSockets(settings, '/state/run'))).toMatchObject({
      MARATHON_LB_ADMIN: 'unix@/state/run/mlb-admin.sock',
    });
    const given = prepared({ adminListen: 'unix:/own/a.sock' }, env).settings;
    expect(haproxyEnv(withSockets(given, '/state/run'))).toMatchObject({ MARATHON_LB_ADMIN: 'unix@/own/a.sock' });
  });
});
