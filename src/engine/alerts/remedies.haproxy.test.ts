import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import { readAlerts } from '../../haproxy/check/alerts.ts';
import type { Service } from '../../model/service.ts';
import { print } from '../../render/document.ts';
import { attributeAlerts, serviceKey } from './attribute.ts';
import { faultOf, rejectionProblem } from '../quarantine/candidate.ts';
import { withLocations } from './locate.ts';

let folder = '';
let port = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-remedies-'));
  port = await reservedPort();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const two = ['one', 'two'].map((taskId) => ({ taskId, host: 'a', ip: '10.0.0.1', port: 31_001, draining: false }));

/** What the app has, and the label and the remedy that are said. */
const CASES: readonly (readonly [name: string, one: Service, label: string | undefined, fix: RegExp])[] = [
  [
    'a file that is not there',
    service(1, { BACKEND: '  server x 10.0.0.1:443 ssl verify required ca-file /missing/ca.pem\n' }),
    'HAPROXY_0_BACKEND',
    /^the file \/missing\/ca\.pem does not exist on this load balancer/,
  ],
  [
    'a certificate of a frontend, by the label of its path',
    service(1, { RULE: '' }, { sslCert: '/missing/shop.pem' }),
    'HAPROXY_0_SSL_CERT',
    /^the file \/missing\/shop\.pem does not exist .* or correct HAPROXY_0_SSL_CERT/,
  ],
  [
    'two servers of one name',
    service(1, { BACKEND_SERVER_OPTIONS: '  server same {host}:{port}\n' }, { servers: two }),
    'HAPROXY_0_BACKEND_SERVER_OPTIONS',
    /^HAPROXY_0_BACKEND_SERVER_OPTIONS gives every task the same server name a_31001: use \{serverName\}$/,
  ],
  [
    'a name that does not resolve',
    service(1, { BACKEND: '  server x nosuch.invalid:80\n' }),
    'HAPROXY_0_BACKEND',
    /^the name nosuch\.invalid cannot be resolved on this load balancer/,
  ],
  [
    'the two characters \\n',
    service(1, { BACKEND: '  option httpclose \\n\n' }),
    'HAPROXY_0_BACKEND',
    /^HAPROXY_0_BACKEND holds a backslash .* write a real line break$/,
  ],
  [
    'the two characters \\n after a condition',
    service(1, { BACKEND: '  http-request deny if FALSE\\n\n' }),
    'HAPROXY_0_BACKEND',
    /^HAPROXY_0_BACKEND holds a backslash .* write a real line break$/,
  ],
  [
    'check ssl without verify',
    service(1, { BACKEND: '  server x 10.0.0.1:443 check ssl\n' }),
    'HAPROXY_0_BACKEND',
    /^write "ssl verify none" in HAPROXY_0_BACKEND, or name a ca-file$/,
  ],
  [
    'an ACL that no line declares',
    service(1, { BACKEND: '  http-request allow if network_allowed\n' }),
    'HAPROXY_0_BACKEND',
    /^no line declares the ACL network_allowed: let HAPROXY_0_BACKEND declare it/,
  ],
];

describe.each(HAPROXIES)('in the words of %s', (binary) => {
  test.each(CASES)('%s', async (_, one, label, fix) => {
    const doc = documentOf([service(0), one], folder, port);
    const own = `frontend own\n  bind 127.0.0.1:${port} ssl crt ${one.sslCert}\n`;
    const { app, index, backend } = one;
    const section = { kind: 'frontend', name: 'own', owner: { app, index, backend }, blocks: [{ text: own }] } as const;
    const whole = one.sslCert === undefined ? doc : { ...doc, sections: [...doc.sections, section] };
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, print(whole));
    const output = await new Promise<string>((resolve) => {
      execFile(binary, ['-c', '-f', file], (_error, out, err) => resolve(out + err));
    });
    const alert = attributeAlerts(whole, withLocations(whole, readAlerts(output, file))).get(serviceKey(one));
    if (alert === undefined) throw new Error(`no alert for ${one.app}: ${output}`);
    const problem = rejectionProblem(one, faultOf(one, alert), 'nothing');
    expect(problem.fix).toMatch(fix);
    expect(problem.label).toBe(label);
  });
});
