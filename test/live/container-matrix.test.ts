import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type ContainerOptions } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

const FILE = 'docs/reference/container-matrix.md';

/** Each endpoint, and what its answer must be like. */
const endpoints: Readonly<Record<string, RegExp>> = {
  '/_haproxy_health_check': /Service ready\./,
  '/_haproxy_getpids': /^\d+ \d+$/,
  '/_haproxy_getconfig': /^global\n[\s\S]*\nlisten stats\n/,
  '/_haproxy_getvhostmap': /^shop\.test shop_\d+\n$/m,
  '/_haproxy_getappmap': /^\/shop shop_\d+\n$/m,
  '/haproxy?stats': /Statistics Report/,
  '/haproxy?stats;csv': /^# pxname,/,
  '/metrics': /^haproxy_process_/m,
  '/_mlb/health': /"status":"ok"/,
  '/_mlb/ready': /"ready":true/,
  '/_mlb/metrics': /^marathon_lb_services 1$/m,
  '/_mlb_signal/hup': /SIGHUP signal to marathon-lb/,
  '/_mlb_signal/usr1': /SIGUSR1 signal to marathon-lb/,
};

const modes: Readonly<Record<string, ContainerOptions>> = {
  sse: {},
  poll: { mode: () => ['poll'], env: () => ({ POLL_INTERVAL: '0.3' }) },
  event: { mode: ({ ports }) => ['event', `127.0.0.1:${ports.other}`], sim: { profile: '1.4' } },
};

/** `UPDATE_GOLDEN=1` writes the table in place of comparing it. */
test('every endpoint answers in every mode, as the manual says', { timeout: 90_000 }, async () => {
  const rows: string[] = [];
  for (const haproxy of HAPROXIES) {
    for (const [mode, options] of Object.entries(modes)) {
      const statuses = await statusesOf({ ...options, haproxy });
      rows.push(`| ${versionOf(haproxy)} | ${mode} | ${statuses.join(' | ')} |`);
    }
  }
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(FILE, table(rows));
  const committed = readFileSync(FILE, 'utf8');
  // Other versions than those of this machine may have rows, too.
  for (const line of table(rows).split('\n')) expect(committed).toContain(line);
});

async function statusesOf(options: ContainerOptions): Promise<number[]> {
  await using container = await startContainer({
    ...options,
    apps: ({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })],
    args: () => ['--haproxy-map'],
  });
  await container.program.eventually(async () => {
    expect((await container.get('/', { host: 'shop.test' })).status).toBe(200);
    expect((await container.stats('/_mlb/ready')).status).toBe(200);
  });
  const statuses: number[] = [];
  for (const [path, like] of Object.entries(endpoints)) {
    // A worker of an earlier generation may still be on its way out.
    const { status } = await container.program.eventually(async () => {
      const answer = await container.stats(path);
      expect(answer.text).toMatch(like);
      return answer;
    });
    statuses.push(status);
  }
  return statuses;
}

function table(rows: readonly string[]): string {
  const heads = ['HAProxy', 'mode', ...Object.keys(endpoints).map((path) => `\`${path}\``)];
  return [
    '# Endpoints of `marathon-lb run`',
    '',
    'Status of each endpoint on `--stats-port`, written by `UPDATE_GOLDEN=1 npx vitest run test/live/container-matrix.test.ts`, which checks what they answer, too.',
    'In the mode poll the signals are refused with the reason. Those of `/_haproxy_*` work while the program itself is down.',
    '',
    `| ${heads.join(' | ')} |`,
    `| ${heads.map(() => '---').join(' | ')} |`,
    ...rows,
    '',
  ].join('\n');
}

function versionOf(binary: string): string {
  const text = execFileSync(binary, ['-v'], { encoding: 'utf8' });
  return /version (\d+\.\d+)/.exec(text)?.[1] ?? text;
}
