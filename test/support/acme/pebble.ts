import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get as httpsGet } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDisposables } from '../program/disposables.ts';
import { signedFor } from '../network/certificate.ts';
import { reservePorts } from '../network/port-block.ts';

/** Whether pebble is installed. In CI it must be: a test that needs it fails then. */
export const HAS_PEBBLE: boolean = process.env['CI'] === 'true' || ['pebble', 'pebble-challtestsrv'].every(isInstalled);

function isInstalled(name: string): boolean {
  try {
    accessSync(`/usr/bin/${name}`, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface PebbleOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** External account binding: key by its id. */
  readonly eab?: Readonly<Record<string, string>>;
}

/** Debian's pebble, an ACME server, which knows all hosts as 127.0.0.1. */
export interface Pebble extends AsyncDisposable {
  readonly directory: string;
  /** PEM file with the CA of the server's own certificate. */
  readonly ca: string;
  /** The load balancers that it looks at by turns, as DNS would have it, by their HTTP ports. */
  readonly targets: number[];
  /** Ports of the requests that it made, in their order. */
  readonly asked: number[];
  /** Address of the DNS server for tests, where records are set: POST `/set-txt`. */
  readonly dns: string;
  /** What it has logged. */
  log(): string;
  /** PEM of the CA of the certificates that it issues. */
  root(): Promise<string>;
  /** Kills it; it forgets accounts and orders. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startPebble({ env = {}, eab }: PebbleOptions = {}): Promise<Pebble> {
  const disposables = createDisposables();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'mlb-pebble-'));
    disposables.defer(() => rm(folder, { recursive: true, force: true }));
    const block = disposables.use(await reservePorts());
    const [port, management, dns, dnsManagement] = [
      await block.next(),
      await block.next(),
      await block.next(),
      await block.next(),
    ];
    const { ca, cert, key } = await signedFor('127.0.0.1');
    const path = (name: string): string => join(folder, name);
    for (const [name, text] of Object.entries({ 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key }))
      await writeFile(path(name), text);

    const targets: number[] = [];
    const asked: number[] = [];
    let turn = 0;
    const front = createServer((socket) => {
      const target = targets[turn++ % targets.length];
      if (target === undefined) return void socket.destroy();
      asked.push(target);
      const other = connect(target, '127.0.0.1');
      for (const each of [socket, other]) each.once('error', () => [socket, other].map((one) => one.destroy()));
      socket.pipe(other).pipe(socket);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    disposables.defer(async () => void front.close());

    const config = path('pebble.json');
    const bindings = eab === undefined ? {} : { externalAccountBindingRequired: true, externalAccountMACKeys: eab };
    const pebble = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: path('cert.pem'),
      privateKey: path('key.pem'),
      httpPort: (front.address() as AddressInfo).port,
      tlsPort: 1,
      ocspResponderURL: '',
      ...bindings,
    };
    await writeFile(config, JSON.stringify({ pebble }));

    let text = '';
    const run = (program: string, args: readonly string[]): ChildProcess => {
      const child = spawn(`/usr/bin/${program}`, args, {
        cwd: folder,
        env: { ...DEFAULTS, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      child.once('error', (error) => (text += `${String(error)}: scripts/test-packages.sh installs it\n`));
      return child;
    };
    const names = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''];
    const resolver = run('pebble-challtestsrv', [
      ...names,
      '-dns01',
      `127.0.0.1:${dns}`,
      '-management',
      `127.0.0.1:${dnsManagement}`,
    ]);
    disposables.defer(() => end(resolver));

    let server: ChildProcess | undefined;
    disposables.defer(() => end(server));
    const read = (url: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = httpsGet(url, { ca, agent: false }, (answer) => {
          let body = '';
          answer
            .setEncoding('utf8')
            .on('data', (chunk: string) => (body += chunk))
            .once('end', () => resolve(body));
        });
        asked.once('error', reject);
      });
    const directory = `https://127.0.0.1:${port}/dir`;
    const started: Pebble = {
      directory,
      ca: path('ca.pem'),
      targets,
      asked,
      dns: `http://127.0.0.1:${dnsManagement}`,
      log: () => text,
      root: () => read(`https://127.0.0.1:${management}/roots/0`),
      stop: () => end(server),
      async start() {
        server = run('pebble', ['-config', config, '-dnsserver', `127.0.0.1:${dns}`]);
        for (let tries = 0; ; tries += 1) {
          const found = await read(directory).catch(() => undefined);
          if (found !== undefined) return;
          if (tries > 200) throw new Error(`pebble does not start: ${text}`);
          await sleep(50);
        }
      },
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
    await started.start();
    return started;
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

/** Every fifth nonce is refused, and it looks at a host up to a second later. */
const DEFAULTS = { PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_VA_SLEEPTIME: '1', PATH: process.env['PATH'] ?? '' };

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
