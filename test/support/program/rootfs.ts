import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSim } from '../../../sim/start.ts';
import { createDisposables } from './disposables.ts';
import { reservePorts } from '../network/port-block.ts';
import { PATIENCE } from './program.ts';
import { get, type Answer, type RequestOptions } from '../network/request.ts';

export interface RootfsOptions {
  readonly apps: (ports: { readonly service: number }) => readonly object[];
  /** What runs as process 1, before the options; default: the entrypoint. */
  readonly command?: string;
  /** With the head that configurations of 1.15 have. */
  readonly oldHead?: boolean;
  /** The file system cannot be written but for one folder, and the user is marathon-lb. */
  readonly isReadOnly?: boolean;
}

export interface Rootfs extends AsyncDisposable {
  get(path: string, options?: Partial<RequestOptions>): Promise<Answer>;
  stats(path: string): Promise<Answer>;
  eventually<T>(attempt: () => Promise<T>): Promise<T>;
  /** Runs the image's health check in there, as the user of process 1; its exit status and what it says. */
  health(): Promise<{ readonly status: number | null; readonly text: string }>;
  /** Number of process 1, seen from outside. */
  pid(): Promise<number>;
  /** Sends SIGTERM to process 1; the exit status. */
  end(): Promise<number | null>;
}

/** Runs the entrypoint in a root file system, in namespaces of its own for mounts and processes. */
export async function startRootfs(root: string, options: RootfsOptions): Promise<Rootfs> {
  const { apps, command = '/marathon-lb/run', oldHead = false, isReadOnly = false } = options;
  const disposables = createDisposables();
  try {
    const block = disposables.use(await reservePorts());
    const next = () => block.next();
    const [http, https, appid, stats, service] = [await next(), await next(), await next(), await next(), await next()];
    const sim = disposables.use(await startSim({ speed: 20, apps: apps({ service }) }));
    const args = [
      ['sse', '--marathon', sim.url, '--group', 'external', '--http-port', http, '--https-port', https],
      ['--appid-port', appid, '--stats-port', stats],
      isReadOnly ? ['--state-dir', '/var/lib/marathon-lb'] : [],
    ].flat();
    const env = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      PORTS: [http, https, appid, stats].join(','),
      ...(oldHead ? { HAPROXY_HEAD: headOf1_15(stats) } : {}),
    };
    // What a container engine does: its own /proc, and a place of each that may be written.
    const setup = [
      `mount -t tmpfs none ${root}/run`,
      `mount -t tmpfs none ${root}/etc/haproxy`,
      `mount -t tmpfs none ${root}/var/lib/marathon-lb`,
      `chroot ${root} chown marathon-lb /var/lib/marathon-lb`,
      ...(isReadOnly
        ? [
            `umount ${root}/run ${root}/etc/haproxy`,
            `mount --bind ${root} ${root} -o ro`,
            `mount -t tmpfs none ${root}/var/lib/marathon-lb`,
            `chroot ${root} chown marathon-lb /var/lib/marathon-lb`,
          ]
        : []),
      `mount -t proc proc ${root}/proc`,
      `exec chroot ${isReadOnly ? '--userspec=marathon-lb:marathon-lb ' : ''}${root} ${command} "$@"`,
    ];
    const child = spawn('unshare', ['--mount', '--pid', '--fork', 'sh', '-ec', setup.join('\n'), 'sh', ...args.map(String)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'close') as Promise<[number | null]>;
    const first = async (): Promise<number> => Number(await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
    disposables.defer(async () => {
      if (child.exitCode !== null) return;
      process.kill(await first(), 'SIGKILL');
      await ended;
    });
    return {
      get: (path, options = {}) => get(path, { port: options.sni === undefined ? http : https, ...options }),
      stats: (path) => get(path, { port: stats }),
      async eventually(attempt) {
        for (const end = performance.now() + PATIENCE; ; await sleep(50)) {
          try {
            return await attempt();
          } catch (error) {
            if (child.exitCode !== null || performance.now() > end)
              throw new Error(`${String(error)}\n${said.slice(-3000)}`, { cause: error });
          }
        }
      },
      async health() {
        const into = ['--target', String(await first()), '--mount', '--pid', '--root', '--wd'];
        const user = isReadOnly ? ['--setuid', '9090', '--setgid', '9090'] : [];
        const { status, stdout, stderr } = spawnSync('nsenter', [...into, ...user, ...healthCheck()], { env, encoding: 'utf8' });
        return { status, text: stdout + stderr };
      },
      pid: first,
      async end() {
        process.kill(await first(), 'SIGTERM');
        const [status] = await ended;
        return status;
      },
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

/** The words of the Dockerfile's HEALTHCHECK. */
function healthCheck(): string[] {
  const [, words = ''] = /^HEALTHCHECK .*\\\n +CMD (.*)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  return JSON.parse(words) as string[];
}

/** As operators have it who once copied the head of 1.15 and changed a line. */
function headOf1_15(stats: number): string {
  const services = ['getpids', 'getconfig', 'getvhostmap', 'getappmap'].map(
    (name) => `  http-request use-service lua.${name} if { path /_haproxy_${name} }`,
  );
  const signals = ['hup', 'usr1'].map(
    (name) => `  http-request use-service lua.signalmlb${name} if { path /_mlb_signal/${name} }`,
  );
  return [
    'global',
    '  log /dev/log local0',
    '  maxconn 1000',
    '  stats socket /run/haproxy.sock expose-fd listeners',
    ...['getpids', 'getconfig', 'getmaps', 'signalmlb'].map((name) => `  lua-load /marathon-lb/${name}.lua`),
    'defaults',
    '  timeout connect 3s',
    '  timeout client 30s',
    '  timeout server 30s',
    'listen stats',
    `  bind *:${stats}`,
    '  mode http',
    ...services,
    ...signals,
    '  stats enable',
    '  monitor-uri /_haproxy_health_check',
    '',
  ].join('\n');
}
