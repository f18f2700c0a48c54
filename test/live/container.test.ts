import { spawnSync } from 'node:child_process';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { selfSigned } from '../../src/certificates/self-signed.ts';
import { startContainer, type Container, type ContainerPorts } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startLoad } from '../support/haproxy/live-haproxy.ts';
import { parentOf, zombiesBelow } from '../support/program/process-tree.ts';
import { get } from '../support/network/request.ts';

function apps({ service }: ContainerPorts): object[] {
  return [
    app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' }),
    app('/slow', service[1]!, { HAPROXY_0_VHOST: 'slow.test' }, { env: { SIM_DELAY_MS: '3000' } }),
  ];
}

/** One of them never answers. */
function endless(ports: ContainerPorts): object[] {
  const never = app('/endless', ports.service[2]!, { HAPROXY_0_VHOST: 'endless.test' }, { env: { SIM_DELAY_MS: '600000' } });
  return [...apps(ports), never];
}

async function isServed(container: Container): Promise<void> {
  expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
}

async function isReady(container: Container): Promise<void> {
  expect((await container.stats('/_mlb/ready')).status).toBe(200);
}

/** So many requests of an app are under way. */
async function isBusy(container: Container, name: string, requests: number): Promise<void> {
  const { text } = await container.stats('/haproxy?stats;csv');
  expect(text).toMatch(new RegExp(`^${name}_\\d+,BACKEND,[^,]*,[^,]*,${requests},`, 'm'));
}

/** As a variable has it: the two characters `\n` are a line end. */
const seven = (await selfSigned({ hosts: ['seven.test'], days: 2, now: new Date() })).replaceAll('\n', String.raw`\n`);

describe.each(HAPROXIES)('%s', (haproxy) => {
  describe('run sse', () => {
    let container: Container;
    beforeAll(async () => {
      container = await startContainer({
        haproxy,
        apps,
        args: () => ['--haproxy-map'],
        env: () => ({ HAPROXY_SYSLOGD: 'true', HAPROXY_SSL_CERT7: seven }),
      });
      await container.program.eventually(() => isServed(container));
      await container.program.until(/: connected/);
      await container.program.eventually(() => isReady(container));
    });
    afterAll(() => container?.[Symbol.asyncDispose]());

    test('answers on all endpoints', async () => {
      const health = await container.stats('/_haproxy_health_check');
      expect(health.status).toBe(200);
      expect(health.text).toContain('Service ready.');
      const config = await container.stats('/_haproxy_getconfig');
      expect([config.status, config.headers['content-type']]).toEqual([200, 'text/plain']);
      expect(config.text).toBe(await container.configText());
      const work = join(container.folder, 'work');
      expect((await container.stats('/_haproxy_getvhostmap')).text).toBe(
        await readFile(join(work, 'domain2backend.map'), 'utf8'),
      );
      expect((await container.stats('/_haproxy_getvhostmap')).text).toContain('shop.test shop_');
      expect((await container.stats('/_haproxy_getappmap')).text).toBe(await readFile(join(work, 'app2backend.map'), 'utf8'));
      expect((await container.stats('/haproxy?stats')).text).toContain('Statistics Report');
      expect((await container.stats('/haproxy?stats;csv')).text).toMatch(/^# pxname,/);
      expect((await container.stats('/metrics')).text).toContain('haproxy_process_');
      expect((await container.stats('/_mlb/ready')).status).toBe(200);
    });

    test('tells the processes of this HAProxy and no others', async () => {
      const [master, worker, ...more] = await container.pids();
      expect(more).toEqual([]);
      expect(await parentOf(master!)).toBe(container.program.pid);
      expect(await parentOf(worker!)).toBe(master);
      expect(await readlink(`/proc/${worker}/exe`)).toBe(await readlink(`/proc/${master}/exe`));
    });

    test('takes signals over HTTP', async () => {
      const before = container.program.mark();
      expect(await container.stats('/_mlb_signal/hup')).toMatchObject({ status: 200, text: 'Sent SIGHUP signal to marathon-lb' });
      await container.program.until(/SIGHUP/, before);
      const [, worker] = await container.pids();
      expect(await container.stats('/_mlb_signal/usr1')).toMatchObject({
        status: 200,
        text: 'Sent SIGUSR1 signal to marathon-lb',
      });
      await container.program.eventually(async () => expect((await container.pids())[1]).not.toBe(worker));
    });

    test('serves the certificate of the environment, readable by its owner only', async () => {
      expect(await container.get('/', { sni: 'seven.test' })).toMatchObject({ certificate: 'seven.test' });
    });

    test('serves a certificate that was replaced, after SIGUSR1', async () => {
      const path = join(container.folder, 'work', 'ssl', 'cert7.pem');
      await writeFile(path, await selfSigned({ hosts: ['eight.test'], days: 2, now: new Date() }));
      container.program.kill('SIGUSR1');
      await container.program.eventually(async () => {
        expect(await container.get('/', { sni: 'eight.test' })).toMatchObject({ certificate: 'eight.test' });
      });
    });

    test("has HAProxy's log on stdout", async () => {
      await container.get('/', { port: container.ports.service[0]! });
      await container.program.until(/\(shop_\d+(?:_in)?\/HTTP\)/);
      expect(await container.configText()).toContain('log stdout format raw local0');
    });

    test('starts HAProxy again when its worker or its master is killed', async () => {
      for (const which of [1, 0]) {
        const took: number[] = [];
        // A busy machine may hold it up once.
        while (took.length < 3 && took.every((ms) => ms >= 5000)) {
          const pids = await container.pids();
          process.kill(pids[which]!, 'SIGKILL');
          const since = performance.now();
          await container.program.eventually(async () => {
            expect(await container.pids()).not.toContain(pids[1]);
            await isServed(container);
          });
          took.push(performance.now() - since);
        }
        expect(Math.min(...took)).toBeLessThan(5000);
      }
    });

    test('leaves out an app whose port another program holds, and takes it in when the port is free', async () => {
      const port = container.ports.service[2]!;
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(port, '0.0.0.0', resolve));
      const mark = container.program.mark();
      await container.create(app('/third', port, { HAPROXY_0_VHOST: 'third.test' }));
      await container.program.until(new RegExp(`app /third: .*port ${port} is held by another program`), mark);
      await isServed(container);
      await new Promise((resolve) => taken.close(resolve));
      await container.stats('/_mlb_signal/hup');
      await container.program.eventually(async () => {
        expect(await container.get('/', { host: 'third.test' })).toMatchObject({ app: '/third' });
      });
    });

    test('ends softly: what was accepted is answered', async () => {
      const load = startLoad(container.ports.service[0]!, { clients: 4, kept: 0 });
      const slow = Array.from({ length: 20 }, () => container.get('/', { host: 'slow.test' }));
      await container.program.eventually(() => isBusy(container, 'slow', slow.length));
      const pids = await container.pids();
      container.program.kill('SIGTERM');
      for (const answer of await Promise.all(slow)) expect(answer).toMatchObject({ status: 200, app: '/slow' });
      expect((await container.program.ended).status).toBe(0);
      const { count, failures } = await load.stop();
      expect(count).toBeGreaterThan(20);
      expect(failures.filter((failure) => /status \d|socket hang up/.test(failure))).toEqual([]);
      await expectEnded(pids);
    });
  });

  test('run poll reads Marathon every POLL_INTERVAL and takes no signals', async () => {
    await using container = await startContainer({ haproxy, apps, mode: () => ['poll'], env: () => ({ POLL_INTERVAL: '0.3' }) });
    await container.program.eventually(() => isServed(container));
    const refused = await container.stats('/_mlb_signal/hup');
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/in poll mode .* every 0\.3 s \(POLL_INTERVAL\)/);
    await container.create(app('/third', container.ports.service[2]!, { HAPROXY_0_VHOST: 'third.test' }));
    await container.program.eventually(async () => {
      expect(await container.get('/', { host: 'third.test' })).toMatchObject({ app: '/third' });
    });
    container.program.kill('SIGHUP');
    await container.program.until(/SIGHUP has no effect/);
    await isServed(container);
  });

  test('run event registers a callback and takes it back', async () => {
    await using container = await startContainer({
      haproxy,
      apps,
      sim: { profile: '1.4' },
      mode: ({ ports }) => ['event', `127.0.0.1:${ports.other}`],
    });
    const subscriptions = async (): Promise<unknown> => (await fetch(`${container.sim.url}/v2/eventSubscriptions`)).json();
    await container.program.eventually(() => isServed(container));
    expect(await subscriptions()).toEqual({ callbackUrls: [`http://127.0.0.1:${container.ports.other}`] });
    await container.create(app('/third', container.ports.service[2]!, { HAPROXY_0_VHOST: 'third.test' }));
    await container.program.eventually(async () => {
      expect(await container.get('/', { host: 'third.test' })).toMatchObject({ app: '/third' });
    });
    container.program.kill('SIGTERM');
    expect((await container.program.ended).status).toBe(0);
    expect(await subscriptions()).toEqual({ callbackUrls: [] });
  });
});

test('run event against a Marathon without callbacks ends and names the mode sse', async () => {
  await using container = await startContainer({ mode: ({ ports }) => ['event', `127.0.0.1:${ports.other}`] });
  const { status, err } = await container.program.ended;
  expect(status).toBe(1);
  expect(err).toMatch(/marathon-lb run sse/);
});

test('serves the health check before Marathon answers', async () => {
  await using container = await startContainer({ args: () => ['--marathon', 'http://127.0.0.1:9'] });
  await container.program.eventually(async () => {
    expect((await container.stats('/_haproxy_health_check')).status).toBe(200);
  });
  expect((await container.stats('/_mlb/ready')).status).toBe(503);
});

test('at a second SIGTERM nothing is waited for, and nothing is left behind', async () => {
  await using container = await startContainer({ apps: endless, args: () => ['--grace-period', '600'] });
  await container.program.eventually(() => isServed(container));
  const pids = await container.pids();
  const asked = container.get('/', { host: 'endless.test' }).then(
    ({ status }) => String(status),
    (error: Error) => error.message,
  );
  await container.program.eventually(() => isBusy(container, 'endless', 1));
  container.program.kill('SIGTERM');
  await container.program.until(/may end within 600 s/);
  container.program.kill('SIGTERM');
  expect((await container.program.ended).status).toBe(0);
  expect(await asked).toBe('socket hang up');
  await expectEnded(pids);
});

test('goes on where an earlier run was killed, whose HAProxy still serves', async () => {
  await using container = await startContainer({ apps });
  await container.program.eventually(() => isServed(container));
  await container.program.until(/: connected/);
  const before = await container.pids();
  container.program.kill('SIGKILL');
  await container.program.ended;
  await isServed(container);
  expect((await container.stats('/_haproxy_getconfig')).text).toContain('backend shop_');
  expect((await container.stats('/_mlb/ready')).status).toBe(503);
  const again = container.again();
  await again.until(/left behind by an earlier run/);
  await again.eventually(async () => {
    await expectEnded(before);
    await isServed(container);
  });
});

test('starts without services where HAProxy rejects the configuration of last time', async () => {
  await using container = await startContainer({ apps, args: () => ['--marathon', 'http://127.0.0.1:9'] });
  await container.program.until(/HAProxy serves/);
  container.program.kill('SIGTERM');
  await container.program.ended;
  const config = join(container.folder, 'work', 'haproxy.cfg');
  await writeFile(config, `${await container.configText()}backend x\n  nonsense\n`);
  const again = container.again();
  await again.until(/rejects the configuration of last time.*nonsense/);
  await again.eventually(async () => {
    expect((await container.stats('/_haproxy_health_check')).status).toBe(200);
  });
  expect(await container.configText()).not.toContain('nonsense');
});

test('ends soon though a reload fails again and again', async () => {
  await using container = await startContainer({ apps, args: () => ['--skip-validation', '--reload-interval', '30'] });
  await container.program.eventually(() => isServed(container));
  const port = container.ports.service[2]!;
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port, '0.0.0.0', resolve));
  await container.create(app('/third', port));
  await container.program.until(/is what it was before the reload that failed/);
  const since = performance.now();
  container.program.kill('SIGTERM');
  expect((await container.program.ended).status).toBe(0);
  expect(performance.now() - since).toBeLessThan(20_000);
  await new Promise((resolve) => taken.close(resolve));
});

test('--admin-auth leaves only the health check open', async () => {
  const hash = '$5$salt$kpa26zwgX83BPSR8d7w93OIXbFt/d3UOTZaAu5vsTM6';
  await using container = await startContainer({ args: () => ['--admin-auth', `joe:${hash}`] });
  await container.program.eventually(async () => {
    expect((await container.stats('/_haproxy_health_check')).status).toBe(200);
  });
  for (const path of [
    '/haproxy?stats',
    '/metrics',
    '/_haproxy_getconfig',
    '/_haproxy_getpids',
    '/_mlb/ready',
    '/_mlb_signal/hup',
  ]) {
    expect((await container.stats(path)).status).toBe(401);
  }
  const headers = { authorization: `Basic ${Buffer.from('joe:secret').toString('base64')}` };
  const config = await get('/_haproxy_getconfig', { port: container.ports.stats, headers });
  expect(config.status).toBe(200);
  expect(config.text).toContain('user joe password [redacted]');
  expect(config.text).not.toContain('$5$');
  // Wrong passwords from one address: after ten in a minute they wait, the right one does not.
  const wrong = { authorization: `Basic ${Buffer.from('joe:wrong').toString('base64')}` };
  const ask = (headers: Record<string, string>) => get('/metrics', { port: container.ports.stats, headers });
  for (let tries = 0; tries < 10; tries += 1) expect((await ask(wrong)).status).toBe(401);
  const late = ask(wrong).catch(() => 'none within 10 s');
  expect(await Promise.race([late, sleep(2000, 'waits')])).toBe('waits');
  const metrics = await ask(headers);
  expect(metrics.status).toBe(200);
  expect(metrics.text).toMatch(/haproxy_frontend_requests_denied_total\{proxy="stats"\} [1-9]/);
});

const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
test.runIf(startsThrough(asNobody))('runs as an unprivileged user', async () => {
  await using container = await startContainer({ apps, through: asNobody });
  await container.program.eventually(() => isServed(container));
  const [master, worker] = await container.pids();
  for (const pid of [master, worker]) expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s65534\s65534/m);
  expect(await container.get('/', { sni: 'shop.test' })).toMatchObject({ app: '/shop' });
});

const asProcess1 = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGTERM'];
test.runIf(startsThrough(asProcess1))('as process 1 it leaves no zombies behind reloads', async () => {
  await using container = await startContainer({ apps, through: asProcess1 });
  await container.program.eventually(() => isServed(container));
  // unshare itself does not pass signals on.
  const inside = Number(await readFile(`/proc/${container.program.pid}/task/${container.program.pid}/children`, 'utf8'));
  for (let round = 0; round < 3; round += 1) {
    const [, worker] = await container.pids();
    process.kill(inside, 'SIGUSR1');
    await container.program.eventually(async () => expect((await container.pids())[1]).not.toBe(worker));
  }
  await container.program.eventually(async () => expect(await zombiesBelow(container.program.pid)).toEqual([]));
  process.kill(inside, 'SIGTERM');
  expect((await container.program.ended).status).toBe(0);
});

/** Not without root, not out of a checkout in a home that others cannot read, not where the kernel gives no namespaces. */
function startsThrough([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, [...args, process.execPath, resolve('dist/bin.js'), '--version']).status === 0;
}

/** Expects a master and its worker, neither of which is there any more. */
async function expectEnded(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(1);
  expect(await Promise.all(pids.map(parentOf))).toEqual(pids.map(() => undefined));
}
