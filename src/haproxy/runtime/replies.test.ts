import { expect, test } from 'vitest';
import {
  certificatePathsIn,
  certificatesIn,
  crtListIn,
  deletionIn,
  hasCommitted,
  identityIn,
  isRestarted,
  masterIn,
  refusalIn,
  reloadIn,
  serversIn,
  transactionIn,
  transactionOf,
  versionIn,
} from './replies.ts';

// The texts are what 2.6.12, 3.0.11 and 3.2.26 answered.
test.each([
  ['\n[6]: New server registered.\n\n\n\n', undefined],
  [
    '\n[3]: Backend must use a dynamic load balancing to support dynamic servers.\n',
    'Backend must use a dynamic load balancing to support dynamic servers.',
  ],
  ["\n[3]: 'cookie' option is not accepted for dynamic server\n\n", "'cookie' option is not accepted for dynamic server"],
  ['\n[4]: no need to change the addr, no need to change the port\n\n', undefined],
  ['\n\n\n', undefined],
  [
    "\n[6]: Unknown command: 'nonsense', but maybe one of the following ones is a better match:\n  help\n",
    expect.stringContaining('Unknown command'),
  ],
  ['\n[3]: Permission denied\n\n', 'Permission denied'],
  ['Permission denied\n', 'Permission denied'],
])('refusal in %j', (answer, refusal) => expect(refusalIn(answer)).toEqual(refusal));

test.each([
  ['\n\n[6]: Server deleted.\n', 'deleted'],
  ['\n[3]: No such server.\n\n', 'deleted'],
  ['\n[3]: Server still has connections attached to it, cannot remove it.\n', 'busy'],
  ['\n[3]: Only servers in maintenance mode can be deleted.\n', 'busy'],
  [
    '\n[3]: This server cannot be removed at runtime due to other configuration elements pointing to it.\n',
    { refused: expect.stringContaining('pointing to it') },
  ],
])('deletion in %j', (answer, deletion) => expect(deletionIn(answer)).toEqual(deletion));

test('the process that answers', () => {
  const one = identityIn('Name: HAProxy\nPid: 17\nUptime: 0d 0h00m05s\nUptime_sec: 5\n');
  expect(one).toEqual({ pid: 17, uptime: 5 });
  expect(identityIn('\n[3]: Permission denied\n')).toBeUndefined();
  expect(
    [
      { pid: 17, uptime: 6 },
      { pid: 18, uptime: 60 },
      { pid: 17, uptime: 1 },
    ].map((next) => isRestarted({ pid: 17, uptime: 5 }, next)),
  ).toEqual([false, true, true]);
});

test('states of servers', () => {
  const answer =
    '\n\n1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n3 b 5 s1 127.0.0.1 2 4 1 1 0 1 0 2 6 0 0 1 - 31000 - 0 0 - - 0\n3 b 6 s2 127.0.0.1 0 5 7 1 0 1 0 2 6 0 0 1 db.test 31001 - 0 0 - - 0\n\n';
  const common = { backend: 'b', host: '127.0.0.1', draining: false, isDown: false, check: 'on', agent: 'none' };
  expect(serversIn(answer)).toEqual([
    { ...common, name: 's1', port: '31000', fqdn: '-', weight: 1, maintenance: false },
    { ...common, name: 's2', port: '31001', fqdn: 'db.test', weight: 7, maintenance: true },
  ]);
});

test('versions, reloads, masters', () => {
  expect(versionIn('\n[6]: New version created: 12\n\n')).toBe('12');
  expect(versionIn('\n[3]: Unknown map identifier. Please use #<id> or <file>.\n')).toBeUndefined();
  expect(reloadIn('Success=0\n--\n[ALERT] x\n\n')).toEqual({ ok: false, log: '[ALERT] x' });
  expect(reloadIn('Success=1\n--\n[NOTICE] y\n')).toEqual({ ok: true, log: '[NOTICE] y' });
  expect(reloadIn('')).toBeUndefined();
  const table =
    '#<PID>          <type>          <reloads>       <uptime>        <version>      \n10171           master          2 [failed: 1]   0d00h03m09s     2.6.12-1+deb12u4\n# workers\n';
  expect(masterIn(table)).toEqual({ reloads: 2, failed: 1 });
});

test('answers about certificates', () => {
  const shown =
    '\nFilename: /a.pem\nStatus: Used\nSHA1 FingerPrint: AB12\nSubject: /CN=a\n\nFilename: /b.pem\nSHA1 FingerPrint: CD34\n';
  expect([...certificatesIn(shown)]).toEqual([
    ['/a.pem', 'AB12'],
    ['/b.pem', 'CD34'],
  ]);
  expect(certificatePathsIn('# transaction\n*/a.pem\n# filename\n/a.pem\n/b.pem\n')).toEqual(['/a.pem', '/b.pem']);
  expect(crtListIn('# /l.list\n/a.pem:1\n/c.pem:15 [ssl-min-ver TLSv1.3] c.test !d.test\n')).toEqual([
    { path: '/a.pem', line: '1', text: '/a.pem' },
    { path: '/c.pem', line: '15', text: '/c.pem [ssl-min-ver TLSv1.3] c.test !d.test' },
  ]);
  expect(transactionIn("\n[3]: The ongoing transaction is about '/a.pem' but you are trying to abort '/b.pem'\n")).toBe('/a.pem');
  expect(transactionOf('\n[5]: Transaction updated for certificate /a.pem!\n')).toBe('/a.pem');
  expect(hasCommitted('\nCommitting /a.pem..\nSuccess!\n')).toBe(true);
  expect(hasCommitted("\nCommitting /a.pem.\nunable to load SSL certificate into SSL Context '/a.pem'.\nFailed!\n")).toBe(false);
});
