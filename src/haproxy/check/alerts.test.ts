import { expect, test } from 'vitest';
import { readAlerts, readStartAlerts } from './alerts.ts';

const alert = (text: string) =>
  `[NOTICE]   (7) : haproxy version is 2.6.12\n[ALERT]    (7) : ${text}\n[ALERT]    (7) : config : Fatal errors found in configuration.\n`;

test.each([
  [
    "config : parsing [/e/h.cfg:15] : unknown keyword 'foo' in 'frontend' section",
    15,
    [],
    "unknown keyword 'foo' in 'frontend' section",
  ],
  ["config : [/e/h.cfg:18] : 'server b1/s1' : unknown keyword 'weird'.", 18, ['b1'], "'server b1/s1' : unknown keyword 'weird'."],
  ["[/e/h.cfg:23] : 'server b1/s3' : verify is enabled", 23, ['b1'], "'server b1/s3' : verify is enabled"],
  ["Parsing [/e/h.cfg:10]: failed to parse use_backend rule 'x'", 10, [], "failed to parse use_backend rule 'x'"],
  ["config : Proxy 'f1': unable to find required use_backend: 'missing'.", undefined, ['f1'], undefined],
  ["config : backend 'b1' : unable to find server 'zz' referenced in a 'use-server' rule.", undefined, ['b1'], undefined],
  [
    "config : http frontend 'f1' (/e/h.cfg:8) tries to use incompatible tcp backend 'b2' (/e/h.cfg:25) in a 'use_backend' rule (see 'mode').",
    undefined,
    ['f1', 'b2'],
    undefined,
  ],
  [
    "Proxy 'f1': no-sslv3/no-tlsv1x are ignored for bind '*:80' at [/e/h.cfg:9]. Use only 'ssl-min-ver' and 'ssl-max-ver' to fix.",
    9,
    ['f1'],
    undefined,
  ],
  ["config : 'ca-file' : unable to load /nope.", undefined, [], undefined],
  ['config : parsing [/e/other.lua:3] : broken', undefined, [], undefined],
])('%s', (text, line, proxies, message) => {
  const alerts = readAlerts(alert(text), '/e/h.cfg');
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ proxies, message: message ?? text.replace('config : ', '') });
  expect(alerts[0]?.line).toBe(line);
});

test('the name that was not found is a mention, the proxy is not', () => {
  expect(readAlerts(alert("config : Proxy 'f1': unable to find required use_backend: 'missing'."), 'x')[0]?.mentions).toEqual([
    'missing',
  ]);
});

test('further lines belong to the alert before them, not those of a warning', () => {
  const output = `[WARNING]  (7) : config : parsing acl keyword 'path_beg' :
  no pattern to match

[ALERT]    (7) : config : parsing [h:13]: unmatched quote at position 24:
  option httpchk GET "x
                     ^
`;
  expect(readAlerts(output, 'h').map((alert) => alert.message)).toEqual([
    'unmatched quote at position 24: option httpchk GET "x',
  ]);
});

test('addresses that HAProxy could not bind at its start, of 2.6 and of later versions', () => {
  const old = '[ALERT]    (8956) : Binding [h.cfg:13] for frontend bad: cannot bind UNIX socket (No such file) [/none/x]';
  const later = old.replace('bad: ', 'bad: protocol unix_stream: ');
  for (const text of [old, later]) {
    const [alert] = readStartAlerts(`HAProxy says: [NOTICE] (1) : Loading\n${text}\n[WARNING] (1) : Loading failure!`);
    expect(alert).toMatchObject({ line: 13, proxies: ['bad'], message: expect.stringContaining('cannot bind UNIX socket') });
  }
});
