import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../network/port-block.ts';
import { createDisposables } from '../program/disposables.ts';

/** Whether ZooKeeper is installed. In CI it must be: a test that needs it fails then. */
export const HAS_ZOOKEEPER: boolean = process.env['CI'] === 'true' || isThere('/usr/share/java/zookeeper.jar');

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Debian's ZooKeeper, alone, with data of its own that outlive its death. */
export interface ZookeeperServer extends AsyncDisposable {
  readonly servers: string;
  /** Where everything is that it has written. */
  readonly data: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Has it take connections and give no answers, or go on. */
  freeze(isFrozen: boolean): void;
}

/** Milliseconds: a session lasts for two of them at least. */
const TICK = 500;

export async function startZookeeper(): Promise<ZookeeperServer> {
  const disposables = createDisposables();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'mlb-zookeeper-'));
    disposables.defer(() => rm(folder, { recursive: true, force: true }));
    const block = disposables.use(await reservePorts());
    const port = await block.next();
    const data = join(folder, 'data');
    await mkdir(data);
    const config = join(folder, 'zoo.cfg');
    await writeFile(
      config,
      `tickTime=${TICK}\ndataDir=${data}\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n4lw.commands.whitelist=ruok\n`,
    );
    let text = '';
    let child: ChildProcess | undefined;
    const kill = async (): Promise<void> => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    };
    disposables.defer(kill);
    const server: ZookeeperServer = {
      servers: `127.0.0.1:${port}`,
      data,
      kill,
      async start() {
        const words = ['-Xmx128m', '-cp', '/usr/share/java/*', 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config];
        child = spawn('/usr/bin/java', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
        for (const stream of [child.stdout, child.stderr])
          stream?.setEncoding('utf8').on('data', (chunk: string) => (text = `${text}${chunk}`.slice(-5000)));
        child.once('error', (error) => (text += `${String(error)}: scripts/test-packages.sh installs it\n`));
        for (let tries = 0; (await ask(port)) !== 'imok'; tries += 1) {
          if (tries > 400) throw new Error(`ZooKeeper does not start: ${text}`);
          await sleep(50);
        }
      },
      freeze: (isFrozen) => void child?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
    await server.start();
    return server;
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns its answer to `ruok`; empty: none. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.end('ruok'));
    socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    socket.once('error', () => {});
    // One that is taken while it starts may have no answer.
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('close', () => resolve(said));
  });
}
