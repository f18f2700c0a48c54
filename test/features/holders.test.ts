/** Who holds a host or port keeps it: over deploys of its own, restarts of the program, and mistakes in its labels. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClaimsStore } from '../../src/engine/state/claims-store.ts';
import type { PassRecord } from '../../src/engine/journal/journal.ts';
import { createLastGoodStore } from '../../src/engine/state/last-good.ts';
import { createPass } from '../../src/engine/pass/pass.ts';
import { createApplier } from '../../src/haproxy/create-applier.ts';
import { silent } from '../../src/log/logger.ts';
import { print } from '../../src/render/document.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { addFiles, outcomeOf, settingsOf, snapshotOf } from '../support/rendering/golden.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { json, serve } from '../support/marathon/marathon-http.ts';
import { startProgram } from '../support/program/program.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holders-'));
  await addFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One host and one port, claimed by both apps. */
function app(id: string, since: string, task: number, labels: Readonly<Record<string, string>> = {}): object {
  return {
    id,
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'shop.test', ...labels },
    portDefinitions: [{ port: 10_001, protocol: 'tcp' }],
    versionInfo: { lastConfigChangeAt: since },
    tasks: [{ id: `${id.slice(1)}.1`, host: '127.0.0.1', ports: [task], state: 'TASK_RUNNING' }],
  };
}

const victim = (since = '2026-01-01T00:00:00.000Z', labels = {}): object => app('/zvictim', since, 31_001, labels);
const squatter = (labels = {}): object => app('/attacker', '2026-02-01T00:00:00.000Z', 31_002, labels);
const REDEPLOYED = '2026-03-01T00:00:00.000Z';

/** The program from snapshot to files with its state, and a real `haproxy -c`. */
function program(more: readonly string[] = []) {
  const args = ['--group', 'external', '--haproxy-config', join(folder, 'haproxy.cfg'), '--ssl-certs', join(folder, 'cert.pem')];
  const settings = settingsOf({ args: [...args, ...more] });
  const haproxy = { ...settings.haproxy, binary: HAPROXIES[0] as string, reloadMinInterval: 0 };
  let apps: readonly object[] = [];
  const source = { read: async () => ({ ...snapshotOf(apps, { args }), gone: [] }) };
  const applier = createApplier(haproxy, { log: silent, reload: async () => ({ attempts: 0 }), now: () => new Date(0) });
  const kept = { folder: join(folder, 'state'), log: silent, delay: 0 };
  const lastGood = createLastGoodStore(kept);
  const claims = createClaimsStore(kept);
  const clocks = { now: () => new Date(0), clock: () => performance.now() };
  const pass = createPass(
    { ...settings, haproxy },
    { source, applier, library: createLibrary(settings.render), ...clocks, lastGood, claims },
  );
  return {
    run: (...next: readonly object[]): Promise<PassRecord> => {
      apps = next;
      return pass.run({ cause: 'test', since: 0, dirty: 'all', retryRejected: false }, new AbortController().signal);
    },
    async [Symbol.asyncDispose]() {
      await applier[Symbol.asyncDispose]();
      await lastGood[Symbol.asyncDispose]();
      await claims[Symbol.asyncDispose]();
    },
  };
}

/** Who gets the host, by the first rule for it, and who has the port. */
async function winners(): Promise<{ host: string | undefined; port: string | undefined }> {
  return winnersIn(await readFile(join(folder, 'haproxy.cfg'), 'utf8'));
}

function winnersIn(text: string): { host: string | undefined; port: string | undefined } {
  const host = /hdr\(host\) -i shop\.test\n(?: +[^\n]*\n)*? +use_backend (\S+)_10001 if/.exec(text)?.[1];
  const port = /frontend (\S+)_10001\n +bind \*:10001\n/.exec(text)?.[1];
  return { host, port };
}

/** What the host's own HTTPS frontend binds, with its certificates and options. */
async function bindOfHost(): Promise<string | undefined> {
  return / bind abns@shop_test ([^\n]*)/.exec(await readFile(join(folder, 'haproxy.cfg'), 'utf8'))?.[1];
}

const VICTIMS = { host: 'zvictim', port: 'zvictim' };

it('a squatter gets neither host nor port at the deploy of the holder, nor after a restart', async () => {
  {
    await using mlb = program();
    await mlb.run(victim());
    await mlb.run(victim(), squatter());
    expect(await winners()).toEqual(VICTIMS);
    const record = await mlb.run(victim(REDEPLOYED), squatter());
    expect(await winners()).toEqual(VICTIMS);
    expect(record.problems.map(({ app: who, code }) => [who, code])).toEqual([
      ['/attacker', 'port-conflict'],
      ['/attacker', 'vhost-conflict'],
    ]);
  }
  await using again = program();
  await again.run(victim(REDEPLOYED), squatter());
  expect(await winners()).toEqual(VICTIMS);
  // And over all tasks of the holder being away.
  await again.run({ ...victim('2026-04-01T00:00:00.000Z'), tasks: [] }, squatter());
  await again.run(victim('2026-04-01T00:00:00.000Z'), squatter());
  expect(await winners()).toEqual(VICTIMS);
});

it('the certificates and options of a host stay the holder’s, over its deploy and a restart', async () => {
  const grouped = ['--group-https-by-vhost'];
  const own = { HAPROXY_0_BIND_OPTIONS: 'ssl-min-ver TLSv1.2' };
  const other = squatter({ HAPROXY_0_PATH: '/zz', HAPROXY_0_BIND_OPTIONS: 'ssl-min-ver TLSv1.3', HAPROXY_0_PORT: '10002' });
  const expected = expect.stringMatching(/ssl-min-ver TLSv1\.2$/);
  {
    await using mlb = program(grouped);
    await mlb.run(victim(undefined, own));
    await mlb.run(victim(undefined, own), other);
    expect(await bindOfHost()).toEqual(expected);
    const { problems } = await mlb.run(victim(REDEPLOYED, own), other);
    expect(await bindOfHost()).toEqual(expected);
    expect(problems).toMatchObject([{ app: '/attacker', code: 'vhost-conflict', label: 'HAPROXY_0_BIND_OPTIONS' }]);
  }
  await using again = program(grouped);
  await again.run(victim(REDEPLOYED, own), other);
  expect(await bindOfHost()).toEqual(expected);
});

it.each(HAPROXIES)('a host with the name of another section costs nobody anything: %s', (haproxy) => {
  const vhosts =
    'zvictim_10001,zvictim_10001_in,stats,marathon_lb_admin,marathon_http_in,marathon_https_in,marathon_http_appid_in';
  const attacker = squatter({ HAPROXY_0_VHOST: vhosts, HAPROXY_0_PORT: '10002' });
  const apps = [attacker, victim()];
  const options = { args: ['--group', 'external', '--group-https-by-vhost'], head: 'default' } as const;
  const { document, problems } = outcomeOf(apps, options, versionOf(haproxy));
  expect(problems).toEqual([]);
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(config, print(document).replaceAll('/golden/', `${folder}/`));
  const { status, stderr } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8' });
  expect(stderr.split('\n').filter((line) => line.includes('ALERT'))).toEqual([]);
  expect(status).toBe(0);
  // Each host has a way of its own.
  const text = print(document);
  for (const host of [...vhosts.split(','), 'shop.test']) {
    const [, name = ''] = new RegExp(`use_backend (\\S+) if \\{ req_ssl_sni -i ${host} \\}`).exec(text) ?? [];
    expect({ host, ways: text.split(`\n  bind abns@${name} `).length - 1 }).toEqual({ host, ways: 1 });
  }
  expect(text).toMatch(/backend zvictim_10001\n(?:  [^\n]*\n)*  server \S+ 127\.0\.0\.1:31001/);
});

it('what the holder gives up is the other’s', async () => {
  await using mlb = program();
  await mlb.run(victim(), squatter());
  await mlb.run(victim(REDEPLOYED, { HAPROXY_0_VHOST: 'other.test', HAPROXY_0_PORT: '10002' }), squatter());
  expect(await winners()).toEqual({ host: 'attacker', port: 'attacker' });
  await mlb.run(victim(), squatter());
  expect(await winners()).toEqual({ host: 'attacker', port: 'attacker' });
});

it.each(['full', 'safe'])('a holder with a mistake in its labels stays the holder, with %s', async (policy) => {
  const mistake = { HAPROXY_0_AUTH: 'nonsense' };
  {
    await using mlb = program(['--label-policy', policy]);
    await mlb.run(victim());
    // The other one comes while the holder is served by its last good labels.
    const record = await mlb.run(victim(REDEPLOYED, mistake), squatter());
    expect(await winners()).toEqual(VICTIMS);
    expect(record.problems.map(({ app: who, code }) => [who, code])).toEqual([
      ['/attacker', 'port-conflict'],
      ['/attacker', 'vhost-conflict'],
      ['/zvictim', 'label-malformed'],
    ]);
    expect(record.problems.at(-1)?.detail).toContain('it is served with its last good labels and its current tasks');
  }
  await using again = program(['--label-policy', policy]);
  await again.run(victim(REDEPLOYED, mistake), squatter());
  expect(await winners()).toEqual(VICTIMS);
  await again.run(victim(REDEPLOYED), squatter());
  expect(await winners()).toEqual(VICTIMS);
});

it('--dry goes by age, as it reads no state', async () => {
  {
    await using mlb = program();
    await mlb.run(victim());
    await mlb.run(victim(REDEPLOYED), squatter());
    expect(await winners()).toEqual(VICTIMS);
  }
  await using marathon = await serve(json({ apps: [victim(REDEPLOYED), squatter()] }));
  const args = ['--dry', '--marathon', marathon.url, '--group', 'external', '--state-dir', join(folder, 'state')];
  await using dry = startProgram(args, { cwd: folder });
  const { status, out } = await dry.ended;
  expect(status).toBe(0);
  expect(winnersIn(out)).toEqual({ host: 'attacker', port: 'attacker' });
});
