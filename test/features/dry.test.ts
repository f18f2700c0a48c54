import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSim } from '../../sim/start.ts';
import { issue } from '../support/certificates/issue.ts';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { reservePorts } from '../support/network/port-block.ts';
import { type Ended, runProgram } from '../support/program/program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-dry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const GOOD = { HAPROXY_0_VHOST: 'good.test' };
const BAD = { HAPROXY_0_VHOST: 'bad.test', HAPROXY_0_BACKEND_HTTP_OPTIONS: '  no-such-word at all\n' };

/** Runs `--dry` with more words on two apps, one of them with these labels. */
async function dry(labels: Record<string, string>, words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  await using block = await reservePorts();
  const apps = [app('/good', await block.next(), GOOD), app('/other', await block.next(), labels)];
  await using sim = await startSim({ apps, speed: 100 });
  await sim.idle();
  const certificate = await makeCertificate(folder, 'one.test');
  const quiet = ['--syslog-socket', '/dev/null', '--group', 'external', '--ssl-certs', certificate];
  return await runProgram(['--dry', ...words, ...quiet, '-m', sim.url], { cwd: folder, env });
}

const run = promisify(execFile);

describe.each(HAPROXIES)('%s', (haproxy) => {
  const binary = ['--haproxy-binary', haproxy];

  it('--check has HAProxy read the certificates of a store, and --output gets no keys', async () => {
    const store = join(folder, 'store');
    await mkdir(store);
    await writeFile(join(store, 'shop.pem'), (await issue(['shop.test'])).pem);
    const words = ['--cert-store', `dir:${store}`, '--state-dir', join(folder, 'state'), '--output', 'new', '--check', ...binary];
    const ended = await dry({}, words);
    expect([ended.status, ended.out]).toEqual([0, expect.stringContaining('rejects none of 2 services')]);
    const names = await readdir(join(folder, 'new'));
    expect(names.sort()).toEqual(['.marathon-lb-dry', 'haproxy.cfg', 'marathon-lb-certificates.list']);
    for (const name of names) expect(await readFile(join(folder, 'new', name), 'utf8')).not.toContain('PRIVATE');
    expect(await readFile(join(folder, 'new', 'marathon-lb-certificates.list'), 'utf8')).toMatch(/\/shop-[0-9a-f]{8}\.pem\n$/);
    expect(await readdir(folder)).not.toContain('state');
  });

  it('--output writes a folder that HAProxy accepts from anywhere, with its maps, and writes it again', async () => {
    const words = ['--output', 'new/deep', '--haproxy-map', ...binary];
    const { status, out } = await dry({ HAPROXY_0_VHOST: 'other.test' }, words);
    const made = join(folder, 'new/deep');
    const files = ['domain2backend.map', 'app2backend.map', 'haproxy.cfg'].map((name) => join(made, name));
    expect({ status, out }).toEqual({ status: 0, out: files.map((path) => `${path}\n`).join('') });
    await run(haproxy, ['-c', '-f', join(made, 'haproxy.cfg')], { cwd: '/' });
    expect(await readFile(files[0]!, 'utf8')).toMatch(/^other\.test other_\d+$/m);
    expect(await readFile(files[2]!, 'utf8')).not.toContain('/etc/haproxy/');

    // Without maps those of before are gone.
    expect(await dry({}, ['--output', 'new/deep', ...binary])).toMatchObject({ status: 0, out: `${files[2]}\n` });
    expect((await readdir(made)).filter((name) => name.endsWith('.map'))).toEqual([]);
    expect(await readFile(files[2]!, 'utf8')).not.toContain('other.test');
  });

  it('--check names what HAProxy refuses, by app, with label and remedy', async () => {
    const { status, out } = await dry(BAD, ['--check', '--haproxy-map', ...binary]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /^app \/other, backend other_\d+, label HAPROXY_0_BACKEND_HTTP_OPTIONS\n {2}HAProxy rejects it: .*no-such-word/,
    );
    expect(out).toMatch(new RegExp(`\n  fix: .*HAPROXY_0_BACKEND_HTTP_OPTIONS.*\n${haproxy} rejects 1 of 2 services\n$`));
    expect(out).not.toMatch(/\/good|marathon-lb-check/);
  });

  it('--check with nothing to refuse ends with 0', async () => {
    const ended = await dry({ HAPROXY_0_VHOST: 'other.test' }, ['--check', ...binary]);
    expect(ended).toMatchObject({ status: 0, out: `${haproxy} rejects none of 2 services\n` });
  });

  it('both: the folder holds what HAProxy accepts', async () => {
    const { status, out } = await dry(BAD, ['--check', '--output', 'new', ...binary]);
    const config = join(folder, 'new', 'haproxy.cfg');
    expect(status).toBe(1);
    expect(out).toMatch(new RegExp(`^${config}\napp /other, `));
    await run(haproxy, ['-c', '-f', config], { cwd: '/' });
    expect(await readFile(config, 'utf8')).not.toContain('no-such-word');
  });

  it('a mistake of the operator is no app’s', async () => {
    const env = { HAPROXY_HTTP_FRONTEND_HEAD: 'frontend marathon_http_in\\n  bind *:80\\n  mode http\\n  no-such-word\\n' };
    const { status, out } = await dry({}, ['--check', ...binary], env);
    expect(status).toBe(1);
    expect(out).toMatch(/ rejects the whole configuration, .*\n {2}template HAPROXY_HTTP_FRONTEND_HEAD, line 4, .*no-such-word/);
  });
});

it('--output leaves a folder alone that holds other files', async () => {
  await mkdir(join(folder, 'live'));
  await writeFile(join(folder, 'live', 'haproxy.cfg'), 'mine\n');
  const { status, out, err } = await dry({}, ['--output', 'live']);
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toMatch(/option --output: .*\/live holds files that --dry did not write, such as haproxy\.cfg/);
  expect(await readdir(join(folder, 'live'))).toEqual(['haproxy.cfg']);
  expect(await readFile(join(folder, 'live', 'haproxy.cfg'), 'utf8')).toBe('mine\n');
});

describe('--policy', () => {
  const rules = { rules: [{ prefix: '/other', hosts: ['*.other.test'], rawTemplates: 'off' }] };
  const raw = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  http-request set-header X-A a\n' };

  it('is what the configuration goes by, from the option or from the variable', async () => {
    await writeFile(join(folder, 'policy.json'), JSON.stringify(rules));
    const labels = { HAPROXY_0_VHOST: 'mine.other.test', ...raw };
    const ways = [
      await dry(labels, ['--policy', 'policy.json']),
      await dry(labels, [], { MARATHON_LB_POLICY: join(folder, 'policy.json') }),
      await dry(labels, ['--raw-templates', 'off']),
    ];
    for (const { status, out, err } of ways) {
      expect(status).toBe(0);
      expect(out).toContain('mine.other.test');
      expect(out).not.toContain('X-A');
      expect(err).toMatch(/app \/other: .*denies it: .*HAPROXY_0_BACKEND_HTTP_OPTIONS/);
    }
    const { out, err } = await dry(BAD, ['--policy', 'policy.json']);
    expect(out).toContain('good.test');
    expect(out).not.toContain('bad.test');
    expect(err).toMatch(/app \/other: .*the policy denies the host bad\.test of service 0 \(rule "hosts" of \/other\)/);
  });

  it.each([
    ['{"rules": [{"prefix": "/a", "hots": []}]}', /policy\.json: rules\[0\] has the key "hots", .* perhaps hosts is meant/],
    ['{\n"rules": [}', /policy\.json: it is no JSON: Unexpected token/],
    [undefined, /cannot read .*policy\.json: ENOENT/],
  ])('that cannot be used (%s) is one sentence, and status 2', async (text, message) => {
    if (text !== undefined) await writeFile(join(folder, 'policy.json'), text);
    const { status, out, err } = await dry({}, ['--policy', 'policy.json']);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^marathon-lb: option --policy: /);
  });
});

it('--check without HAProxy is one sentence', async () => {
  const { status, out, err } = await dry({}, ['--check', '--haproxy-binary', '/nowhere/haproxy']);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toMatch(/\/nowhere\/haproxy/);
});
