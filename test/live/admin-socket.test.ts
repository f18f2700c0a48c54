import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type Container } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

const isRoot = process.getuid?.() === 0;

/** Effective user of HAProxy's worker. */
async function workerUser(container: Container): Promise<number> {
  const [, worker] = await container.pids();
  return Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${worker}/status`, 'utf8'))?.[1]);
}

/** Where the configuration leads for the program's own endpoints. */
async function socketOf(container: Container): Promise<string> {
  return /^ {2}server admin unix@(\S+)$/m.exec(await container.configText())?.[1] ?? '';
}

/** As an operator has it who says nothing of `--admin-listen`. */
const byDefault = { withoutAdminListen: true, apps: ({ service }: Container['ports']) => [app('/shop', service[0]!)] };

describe.each(HAPROXIES)('%s', (haproxy) => {
  test.runIf(isRoot)(
    'without --admin-listen: port 9092 is an app’s, and HAProxy reaches the endpoints as its own user',
    async () => {
      // A fixed port, as the test is about this one. If another program has it, HAProxy binds it as soon as it is free.
      const kafka = app('/kafka', 9092, { HAPROXY_0_BIND_ADDR: '127.0.0.1' });
      await using container = await startContainer({ ...byDefault, haproxy, apps: () => [kafka] });
      await container.program.eventually(async () => {
        expect(await container.get('/', { port: 9092 })).toMatchObject({ status: 200, app: '/kafka' });
        expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
      });
      expect(await workerUser(container)).toBe(Number(execFileSync('id', ['-u', 'haproxy'])));
      expect(container.program.text()).not.toMatch(/port-conflict/);
      // Beside --runtime-dir, which is for root alone.
      const socket = await socketOf(container);
      expect(socket).toMatch(new RegExp(`^${container.folder}/work/run-admin/mlb-admin-[0-9a-f]{8}\\.sock$`));
      expect(statSync(socket).mode & 0o777).toBe(0o660);
      expect(statSync(join(container.folder, 'work/run-admin')).mode & 0o777).toBe(0o711);
      expect(statSync(join(container.folder, 'work/run')).mode & 0o777).toBe(0o700);
      // A reload, and signals.
      expect((await container.stats('/_mlb_signal/hup')).text).toMatch(/SIGHUP/);
      await container.create(app('/late', container.ports.service[0]!));
      await container.program.eventually(async () => {
        expect(await container.get('/', { port: container.ports.service[0]! })).toMatchObject({ app: '/late' });
        expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
      });
    },
  );
});

test.runIf(isRoot)('as another user: the socket is beside HAProxy’s, for that user alone', async () => {
  const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  await using container = await startContainer({ ...byDefault, through });
  await container.program.eventually(async () => {
    expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
  });
  expect(await socketOf(container)).toMatch(new RegExp(`^${container.folder}/work/run/mlb-admin-[0-9a-f]{8}\\.sock$`));
});

test.runIf(isRoot)(
  '--runtime-dir in a folder that HAProxy’s user cannot pass: it drops its privileges all the same',
  async () => {
    await using container = await startContainer({
      ...byDefault,
      args: ({ folder }) => {
        chmodSync(join(folder, 'tmp'), 0o700);
        return ['--runtime-dir', join(folder, 'tmp', 'run')];
      },
    });
    await container.program.eventually(async () => {
      expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
    });
    expect(await socketOf(container)).toMatch(/^\/var\/run\/marathon-lb-admin\/mlb-admin-[0-9a-f]{8}\.sock$/);
    expect(await workerUser(container)).not.toBe(0);
  },
);
