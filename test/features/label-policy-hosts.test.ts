/** A host stays with its holder with `--label-policy safe`, whatever another app claims: real requests, every layout, every HAProxy. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../src/certificates/self-signed.ts';
import type { LabelPolicy } from '../../src/config/settings.ts';
import { resolveClaims } from '../../src/model/conflicts/claims.ts';
import type { Service } from '../../src/model/service.ts';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { render } from '../../src/render/render.ts';
import { service } from '../support/rendering/documents.ts';
import { featuresFor, HAPROXIES } from '../support/haproxy/haproxies.ts';
import { reservePorts, type PortBlock } from '../support/network/port-block.ts';
import { plainRender } from '../support/rendering/render-settings.ts';
import { get } from '../support/network/request.ts';
import { SHORT_HEAD } from '../support/rendering/golden.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';

const LAYOUTS = [
  ['rules', {}],
  ['maps', { haproxyMap: true }],
  ['grouped', { groupHttpsByVhost: true }],
  ['grouped with maps', { groupHttpsByVhost: true, haproxyMap: true }],
] as const;

/** SHA-512 crypt hash of "secret". */
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';
const auth = { realm: 'r', user: 'eve', password: HASH };

/** What the younger app claims beside the host, what the older one has, and the path that is asked for. */
const CLAIMS: readonly (readonly [Partial<Service>, Partial<Service>, string])[] = [
  [{ weight: 999_999_999 }, {}, '/'],
  [{ weight: 9, path: '/' }, {}, '/x'],
  [{ weight: 9, path: '-i /' }, {}, '/x'],
  [{ weight: 9, path: '-i /api' }, { path: '/api', weight: 1 }, '/api/x'],
  [{ weight: 9 }, { path: '/api', weight: 1 }, '/api'],
  [{ weight: 9, path: '/api /zz' }, { path: '/api /shop', weight: 1 }, '/api/1'],
  [{ weight: 9 }, { redirectToHttps: false, sticky: true }, '/'],
  [{ auth }, {}, '/'],
  [{ auth, weight: 9 }, { path: '/api', weight: 1 }, '/api'],
  [{ auth, path: '/api', weight: 9 }, { path: '/api/v1', weight: 1 }, '/api/v1/x'],
  [{ redirectToHttps: true, weight: 9 }, {}, '/'],
];

const tasks = new Map<string, Server>();
let ports: PortBlock;
let certificate = '';

beforeAll(async () => {
  ports = await reservePorts();
  certificate = await selfSigned({ hosts: ['*.w.test'], days: 2, now: new Date() });
  for (const name of ['attacker', 'victim']) {
    const server = createServer((_, response) => response.end(name));
    tasks.set(name, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
});

afterAll(async () => {
  for (const server of tasks.values()) server.close();
  await ports?.[Symbol.asyncDispose]();
});

function own(id: number, name: 'attacker' | 'victim', at: number, more: Partial<Service>): Service {
  const { port } = tasks.get(name)!.address() as AddressInfo;
  const server = { taskId: name, host: '127.0.0.1', ip: '127.0.0.1', port, draining: false };
  const vhosts = [`h${at}.w.test`];
  const since = name === 'victim' ? '2020-01-01T00:00:00.000Z' : '2026-01-01T00:00:00.000Z';
  return service(id, {}, { vhosts, hostname: vhosts[0], servers: [server], lostPort: true, since, ...more });
}

describe.each(HAPROXIES)('%s', (haproxy) => {
  it.each(LAYOUTS)('with %s', async (_, layout) => {
    await using running = await start(haproxy, layout, 'safe');
    const found: unknown[] = [];
    for (const [at, [, , path]] of CLAIMS.entries()) {
      const sni = `h${at}.w.test`;
      const [http, https] = [
        await get(path, { port: running.httpPort, host: sni }),
        await get(path, { port: running.httpsPort, sni }),
      ];
      found.push([at, http.status, http.text, https.status, https.text]);
    }
    expect(found).toEqual(CLAIMS.map((_claim, at) => [at, 200, 'victim', 200, 'victim']));
  });
});

it('lets weights decide with full, as 1.15', async () => {
  const [haproxy = ''] = HAPROXIES;
  await using running = await start(haproxy, {}, 'full');
  const answers = [0, 4].map((at) => get(CLAIMS[at]?.[2] ?? '', { port: running.httpPort, host: `h${at}.w.test` }));
  expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['attacker', 'attacker']);
});

async function start(haproxy: string, layout: (typeof LAYOUTS)[number][1], labelPolicy: LabelPolicy) {
  const [httpPort, httpsPort, appidPort, statsPort] = [
    await ports.next(),
    await ports.next(),
    await ports.next(),
    await ports.next(),
  ];
  // The younger apps stand first in the document.
  const all = [
    ...CLAIMS.map(([attacker], at) => own(100 + at, 'attacker', at, attacker)),
    ...CLAIMS.map(([, victim], at) => own(200 + at, 'victim', at, victim)),
  ];
  const { services, problems } = resolveClaims(all, { labelPolicy });
  const told = new Set(problems.filter(({ code }) => code === 'vhost-conflict').map(({ app }) => app));
  expect(CLAIMS.flatMap(([attacker], at) => (told.has(`/app-${100 + at}`) || attacker.auth ? [] : [at]))).toEqual([]);
  const settings = {
    ...plainRender,
    ...layout,
    haproxy: featuresFor(haproxy),
    haproxyDir: '/golden',
    sslCerts: ['/golden/w.pem'],
    templates: { HEAD: SHORT_HEAD },
    defaults: { ...plainRender.defaults, bindAddress: '127.0.0.1', httpPort, httpsPort, appidPort, statsPort },
  };
  const { document } = render(services, settings, createLibrary(settings));
  const maps = Object.fromEntries(document.files.map((map) => [map.name, printFile(map)]));
  // Names of abstract sockets belong to the whole machine.
  const text = print(document).replaceAll('abns@', `abns@${httpPort}-`);
  const running = await runHaproxy(haproxy, text, { 'w.pem': certificate, ...maps });
  return { httpPort, httpsPort, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
