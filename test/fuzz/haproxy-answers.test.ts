import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStats } from '../../src/deploy/io/stats-csv.ts';
import { warningNotes } from '../../src/engine/alerts/haproxy-warnings.ts';
import { quarantine } from '../../src/engine/quarantine/quarantine.ts';
import { readAlerts, readStartAlerts, readWarnings, startWordsIn } from '../../src/haproxy/check/alerts.ts';
import { createDownServers } from '../../src/haproxy/runtime/down-servers.ts';
import { createKnownAddresses } from '../../src/haproxy/runtime/known-addresses.ts';
import { masterIn, reloadIn } from '../../src/haproxy/runtime/replies.ts';
import { createRuntime, type Runtime } from '../../src/haproxy/runtime/runtime.ts';
import type { Ask } from '../../src/haproxy/runtime/socket.ts';
import { createLock } from '../../src/lib/async/mutex.ts';
import { silent } from '../../src/log/logger.ts';
import type { Op } from '../../src/plan/operations.ts';
import { type ConfigDocument, print } from '../../src/render/document.ts';
import { anyDamage, type Damage, damaged } from '../support/fuzz/damage.ts';
import { FUZZ, tryCases } from '../support/fuzz/fuzz.ts';
import { anyText } from '../support/fuzz/json-edits.ts';
import { decided, renderOn, WAYS } from '../support/fuzz/world.ts';

const signal = new AbortController().signal;

/** What a HAProxy with exactly this document answers. */
function answerOf(doc: ConfigDocument, command: string): string {
  const backends = doc.sections.filter(({ kind }) => kind === 'backend');
  if (command === 'show info') return 'Name: HAProxy\nPid: 17\nUptime_sec: 5\n';
  if (command === 'show backend') return ['# name', ...backends.map(({ name }) => name), ''].join('\n');
  if (command === 'show servers state') {
    const servers = backends.flatMap(({ name, servers = [] }, at) =>
      servers.map(({ spec, name: server }) => {
        const [, host, port] = /^(.*):(\d+)$/.exec(spec.address ?? '') ?? [];
        const check = spec.kind === 'server' && spec.check ? 6 : 0;
        return `${at} ${name} 1 ${server} ${host} 2 0 1 1 9 1 0 2 ${check} 0 0 0 - ${port} - 0 0 - - 0`;
      }),
    );
    return ['1', STATE, ...servers, ''].join('\n');
  }
  if (command === 'show stat -1 1 -1') {
    const rows = doc.sections
      .filter(({ kind }) => kind === 'frontend')
      .map(({ name }) => `${name},FRONTEND,,,0,0,1000,0,,,,,,,,,,OPEN,`);
    return [STAT, ...rows, ''].join('\n');
  }
  const [, path = ''] = /^show map \S*\/(\S+)$/.exec(command) ?? [];
  const file = doc.files.find(({ name }) => name === path);
  if (file?.kind === 'map') return file.entries.map(([key, value]) => `0x7f00 ${key} ${value}\n`).join('');
  return command.startsWith('prepare map') ? '\n[6]: New version created: 1\n' : '\n';
}

const STATE =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
const STAT = '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,';

/** A HAProxy whose answers are damaged. */
function askOf(doc: ConfigDocument, damages: readonly (Damage | undefined)[]): Ask {
  let asked = 0;
  // oxlint-disable-next-line require-await -- so that what is thrown is a rejection
  return async (_, line) => {
    const how = damages[asked++ % damages.length];
    const answer = line
      .split(';')
      .slice(1)
      .map((command) => answerOf(doc, command))
      .join('');
    return how === undefined ? answer : damaged(answer, how).toString('utf8');
  };
}

function runtimeOf(ask: Ask): Runtime {
  return createRuntime({
    log: silent,
    ask,
    lock: createLock(),
    config: '/golden/haproxy.cfg',
    drainTimeout: 0,
    wait: async () => {},
  });
}

it.each(WAYS)('finds no drift in answers that say what is wanted, and another server in others: %s', async (way) => {
  const { document } = decided[way];
  await using runtime = runtimeOf(askOf(document, [undefined]));
  expect(await runtime.inspect(document, signal)).toMatchObject({ kind: 'found', texts: [], ops: [], reload: undefined });
  await using other = runtimeOf(async (address, line) =>
    (await askOf(document, [undefined])(address, line, signal)).replace('10.1.2.3', '10.1.2.4'),
  );
  expect(await other.inspect(document, signal)).toMatchObject({ kind: 'found', ops: [{ kind: 'address' }] });
});

it('any answer of the runtime socket is a state, or a reason why there is none', FUZZ, () =>
  tryCases(
    { cases: 300 },
    fc.record({
      way: fc.constantFrom(...WAYS),
      damages: fc.array(fc.option(anyDamage, { nil: undefined }), { minLength: 1, maxLength: 4 }),
      // A server that is there by hand, called as no server of this program.
      name: fc.option(fc.oneof(fc.constantFrom('a;b', '"', "'", '\\', '<<', '#', '$x', 'a/b', ''), anyText)),
    }),
    async ({ way, damages, name }) => {
      const { document } = decided[way];
      const damagedAsk = askOf(document, damages);
      const ask: Ask = async (address, line, signal) => {
        const answer = await damagedAsk(address, line, signal);
        return name === null ? answer : answer.replace(/agent_fuzz\S+/, name);
      };
      await using runtime = runtimeOf(ask);
      const found = await runtime.inspect(document, signal);
      expect(['found', 'unreachable']).toContain(found.kind);
      const ops = found.kind === 'found' ? found.ops : [];
      const done = await runtime.run(document, [...ops, ...opsFor(document)], signal);
      expect(['done', 'refused', 'restarted']).toContain(done.kind);
      for (const name of await createDownServers(ask)(document, signal)) expect(name).toBeTypeOf('string');
      for (const [name] of await createKnownAddresses(ask)(document, signal)) expect(name).toBeTypeOf('string');
    },
  ),
);

/** Each operation once. */
function opsFor(document: ConfigDocument): readonly Op[] {
  const section = document.sections.find(({ servers = [] }) => servers.length > 0);
  const spec = section?.servers?.[0]?.spec;
  if (section === undefined || spec?.kind !== 'server') return [];
  const kinds = ['add', 'disable', 'enable', 'weight', 'address', 'check', 'up', 'remove'] as const;
  const ofServer = kinds.map((kind) => ({ kind, backend: section.name, server: spec }));
  return [
    ...ofServer,
    { kind: 'open', frontend: section.name },
    ...document.files.map((file) => ({ kind: 'file', file }) as const),
  ];
}

const MASTER =
  '#<PID>          <type>          <reloads>       <uptime>        <version>      \n10171           master          2 [failed: 1]   0d00h03m09s     2.6.12\n# workers\n';
const CSV = `${STAT.slice(0, -1)},rate,type,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,rtime,last_chk,
x_80,FRONTEND,,,7,9,100,50,1,1,0,0,0,,,,,OPEN,3,0,0,50,0,0,0,0,,,
x_80,a_1_2_3_4_31000,1,2,3,4,,40,1,1,,0,,2,1,0,0,UP,2,2,0,30,5,1,4,0,12,"L7OK, ""fine""",
x_80,BACKEND,0,0,3,4,100,40,1,1,0,0,,2,1,0,0,UP,2,1,0,30,5,1,4,0,12,,
`;

it('any text in the place of statistics is statistics, or an error that says that it is none', FUZZ, () =>
  tryCases({ cases: 250 }, anyDamage, (how) => {
    const text = damaged(CSV, how).toString('utf8');
    for (const [name, servers] of statsOrNone(text)) {
      expect(name).toBeTypeOf('string');
      for (const server of servers) expect(Object.values(server).flat().filter(Number.isNaN)).toEqual([]);
    }
    for (const counter of Object.values(masterIn(damaged(MASTER, how).toString('utf8')) ?? {})) expect(counter).not.toBeNaN();
    expect(reloadIn(damaged('Success=1\n--\n[NOTICE] y\n', how).toString('utf8'))?.log ?? '').toBeTypeOf('string');
  }),
);

function statsOrNone(text: string): ReturnType<typeof parseStats> {
  try {
    return parseStats(text);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}

/** What HAProxy prints that refuses a service in each of its ways. */
const ALERTS = `[NOTICE]   (7) : haproxy version is 2.6.12
[WARNING]  (7) : config : parsing [/golden/haproxy.cfg:40] : a 'http-request' rule placed after a 'use_backend' rule
[ALERT]    (7) : config : parsing [/golden/haproxy.cfg:64] : unknown keyword 'foo' in 'backend' section
[ALERT]    (7) : config : [/golden/haproxy.cfg:70] : 'server fuzz_other-1_19002/x' : unknown keyword 'weird'.
[ALERT]    (7) : config : Proxy 'marathon_http_in': unable to find required use_backend: 'fuzz_other-0_19001'.
[ALERT]    (7) : Binding [/golden/haproxy.cfg:52] for frontend fuzz_other-2_19003: cannot bind socket (Address already in use) [0.0.0.0:19003]
[ALERT]    (7) : config : Fatal errors found in configuration.
`;

it('any words of HAProxy end the search for what it refuses', FUZZ, () =>
  tryCases(
    { cases: 200 },
    fc.record({ how: anyDamage, way: fc.constantFrom(...WAYS), times: fc.nat(30) }),
    async ({ how, way, times }) => {
      const output = damaged(ALERTS, how).toString('utf8');
      const { services, document } = decided[way];
      let checks = 0;
      const found = await quarantine({
        services,
        render: (some) => renderOn(some, way),
        // oxlint-disable-next-line require-await
        check: async () => (checks++ < times ? readAlerts(output, '/golden/haproxy.cfg') : []),
        lastGood: new Map(),
      });
      expect(checks).toBeLessThan(30);
      // What is served in the end is a part of what was.
      const left = found.kind === 'accepted' ? found.services : services;
      expect(services.map(({ backend }) => backend)).toEqual(expect.arrayContaining(left.map(({ backend }) => backend)));
      const notes = warningNotes(document, services, readWarnings(output, '/golden/haproxy.cfg'));
      expect(notes.every(({ app }) => app.startsWith('/fuzz/'))).toBe(true);
      for (const { message } of readStartAlerts(startWordsIn(output.split('\n')))) expect(message).toBeTypeOf('string');
    },
  ),
);

it('without damage the words are about the service that they name', async () => {
  const words = "[ALERT]    (7) : config : backend 'fuzz_other-1_19002' : unable to find server 'x'.";
  const found = await quarantine({
    services: decided.plain.services,
    render: (some) => renderOn(some, 'plain'),
    check: async (doc) => (print(doc).includes('backend fuzz_other-1_19002') ? readAlerts(words, 'x') : []),
    lastGood: new Map(),
  });
  expect(found).toMatchObject({ kind: 'accepted', services: [{ app: '/fuzz/other-0' }, { app: '/fuzz/other-2' }] });
});
