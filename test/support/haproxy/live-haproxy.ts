import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HaproxySettings } from '../../../src/config/settings.ts';
import { createLiveApplier } from '../../../src/haproxy/create-applier.ts';
import { collectOutput } from '../../../src/lib/process/run.ts';
import { portAnswers } from '../../../src/lib/process/port-open.ts';
import { createReload } from '../../../src/haproxy/reload/reload.ts';
import { serversIn } from '../../../src/haproxy/runtime/replies.ts';
import { createAsk } from '../../../src/haproxy/runtime/socket.ts';
import { type Logger, silent } from '../../../src/log/logger.ts';
import { plan } from '../../../src/plan/plan.ts';
import { type ConfigDocument, type Section, ServerLine } from '../../../src/render/document.ts';
import type { MapFile } from '../../../src/render/files/map.ts';
import { head } from '../rendering/documents.ts';
import { reservedPort } from '../network/port-block.ts';

/** A server line of the backend `b`: name, port of a task, keywords. */
export type Line = readonly [name: string, port: number, keywords?: string];

/** A real HAProxy in master-worker mode with an applier that follows documents. `byMaster`: reloaded over its master's socket. */
export async function startHaproxy(binary: string, change: Partial<HaproxySettings> = {}, byMaster = false) {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-live-'));
  const config = join(folder, 'haproxy.cfg');
  const port = await reservedPort();
  const master = join(folder, 'master.sock');
  const lines: string[] = [];
  const log: Logger = { ...silent, warn: (line) => lines.push(line), error: (line) => lines.push(line) };
  const settings: HaproxySettings = {
    config,
    maxReloadRetries: 0,
    reloadInterval: 5,
    archiveVersions: 0,
    skipValidation: false,
    skipConfigCleanup: false,
    binary,
    runtimeUpdates: true,
    drainTimeout: 10,
    reloadMinInterval: 0,
    ...(byMaster && { masterSocket: master }),
    ...change,
  };
  let child = undefined as ReturnType<typeof spawn> | undefined;
  let output: (() => string) | undefined;
  let reloads = 0;
  const refuseDead = (): void => {
    if (child !== undefined && (child.exitCode !== null || child.signalCode !== null))
      throw new Error(`HAProxy ended by itself: ${output?.()}`);
  };
  const signal = new AbortController().signal;
  const ask = (line: string): Promise<string> => createAsk()({ kind: 'path', path: join(folder, 'haproxy.sock') }, line, signal);
  const pid = async (): Promise<string | undefined> => /^Pid: (\d+)/m.exec(await ask('show info').catch(() => ''))?.[1];
  /** Before it answers a master misses signals. */
  const masterAnswers = async (): Promise<boolean> =>
    (await createAsk()({ kind: 'path', path: master }, 'show proc', signal).catch(() => '')) !== '';
  const boot = async (): Promise<void> => {
    const born = spawn(binary, ['-W', '-S', master, '-f', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    output = collectOutput(born, 10_000);
    child = born;
    await until(async () => {
      refuseDead();
      const info = await ask('show info').catch(() => '');
      return info.includes('Pid:') && portAnswers(port);
    });
  };
  const kill = async (name: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
    const ended = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill(name);
    await ended;
    await until(async () => !(await portAnswers(port)));
  };
  const applier = createLiveApplier(settings, {
    log,
    reload: async (signal) => {
      reloads += 1;
      if (child === undefined) {
        await boot();
        return { attempts: 1 };
      }
      refuseDead();
      // Two reloads may come one right after the other here, for which --reload-min-interval leaves time.
      await until(masterAnswers);
      const command = settings.masterSocket === undefined ? `sh -c 'kill -USR2 ${child.pid}'` : undefined;
      return createReload({ ...settings, command }, { log })(signal);
    },
  });
  let current: ConfigDocument | undefined;

  return {
    folder,
    config,
    port,
    applier,
    lines,
    boot,
    kill,
    ask,
    signal,
    reloads: () => reloads,
    /** What somebody does who does not know the program. */
    async reloadByHand() {
      const before = await pid();
      await until(masterAnswers);
      child?.kill('SIGUSR2');
      await until(async () => {
        const now = await pid();
        return now !== undefined && now !== before;
      });
      await until(masterAnswers);
    },
    current: () => current,
    /** What a pass does. */
    async bring(next: ConfigDocument) {
      const planned = plan(current, undefined, next);
      if (planned.kind === 'nothing') return { kind: 'unchanged' as const };
      const done = planned.kind === 'runtime' ? await applier.change(next, planned, signal) : undefined;
      if (done !== undefined && done.kind !== 'refused') {
        current = next;
        return done;
      }
      const reasons = done?.reasons ?? planned.reasons;
      const applied = await applier.apply(next, { signal, reasons, force: done !== undefined });
      current = next;
      return applied;
    },
    /** One backend `b` with these servers, one frontend. */
    doc(
      servers: readonly Line[],
      more: { backend?: string; rule?: string; files?: MapFile[]; head?: string } = {},
    ): ConfigDocument {
      const frontend = `frontend f\n  bind 127.0.0.1:${port}\n${more.rule ?? ''}  default_backend b\n`;
      const backend: Section = {
        kind: 'backend',
        name: 'b',
        blocks: [{ text: `backend b\n${more.backend ?? '  balance roundrobin\n'}` }],
        servers: servers.map(
          ([name, port, keywords = '']) =>
            new ServerLine({
              name,
              taskId: name,
              text: `  server ${name} 127.0.0.1:${port}${keywords === '' ? '' : ` ${keywords}`}\n`,
            }),
        ),
      };
      const [first] = [head(folder)];
      const top: Section = more.head === undefined ? first : { ...first, blocks: [{ text: more.head }] };
      return { sections: [top, { kind: 'frontend', name: 'f', blocks: [{ text: frontend }] }, backend], files: more.files ?? [] };
    },
    async servers() {
      return serversIn(await ask('show servers state b'));
    },
    async names() {
      return serversIn(await ask('show servers state b')).map((server) => server.name);
    },
    async [Symbol.asyncDispose]() {
      await applier[Symbol.asyncDispose]();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** HTTP servers that answer their own name (`t0`, `t1`, …); `/slow?MS` answers later. */
export async function startTasks(count: number) {
  const servers = Array.from({ length: count }, (_, at) =>
    createServer((request, response) => {
      const [, ms = '0'] = (request.url ?? '').split('?');
      setTimeout(() => response.end(`t${at}`), Number(ms));
    }),
  );
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** The body of an answer with status 200; anything else is thrown. */
export function fetchText(
  port: number,
  path = '/',
  options: { agent?: Agent | false; headers?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port, path, agent: options.agent ?? false, headers: options.headers ?? {} },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('error', reject);
        response.once('end', () =>
          response.statusCode === 200 ? resolve(body) : reject(new Error(`status ${response.statusCode}`)),
        );
      },
    );
    request.once('error', reject);
  });
}

/** Clients that ask all the time, `kept` of them over connections that stay open; stopped, they tell what they saw. */
export function startLoad(port: number, { clients = 6, kept = 3 } = {}) {
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  let count = 0;
  const over = new AbortController();
  const client = async (kept: boolean): Promise<void> => {
    while (!over.signal.aborted) {
      await fetchText(port, '/', { agent: kept ? agent : false }).catch((error: unknown) => failures.push(String(error)));
      count += 1;
      await sleep(1);
    }
  };
  const all = Array.from({ length: clients }, (_, at) => client(at < kept));
  return {
    async stop() {
      over.abort();
      await Promise.all(all);
      agent.destroy();
      return { count, failures };
    },
  };
}

/** Waits until something holds, at most 15 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await holds()); await sleep(20)) {
    if (Date.now() > end) throw new Error('what was waited for did not come');
  }
}
