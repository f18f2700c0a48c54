/** `npm start`: an embedded Marathon, a real HAProxy and the daemon, in one terminal. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { selfSigned } from '../../certificates/self-signed.ts';
import { loadSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { thisMachine } from '../../config/machine.ts';
import { freePort, freeRow } from './free-port.ts';
import { intro, marathonLine, passLines, type Places } from './screen.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { startMaster } from '../../haproxy/process/master.ts';
import { portAnswers } from '../../lib/process/port-open.ts';
import { silent } from '../../log/logger.ts';
import { createMarathonSource } from '../../sources/marathon/source.ts';
import { print } from '../../render/document.ts';
import { render } from '../../render/render.ts';
import { templates } from '../../render/templates/defaults.ts';
import { sampleApps } from '#sim/samples.ts';
import { startSim, type Sim } from '#sim/start.ts';
import { follow, readLibrary } from '../balance/balance.ts';

/** Runs until `signal`; the exit status. Nothing is left behind. */
export async function demo(signal: AbortSignal, out: (text: string) => void): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'marathon-lb-demo-'));
  try {
    const service = await freeRow(10_001, sampleApps().length);
    await using sim = await startSim({ port: await freePort(8088, new Set()), apps: sampleApps(service) });
    const places = await findPlaces(sim.url, service, folder);
    const settings = await settingsFor(places, folder);
    const library = readLibrary(settings);
    await writeFile(settings.haproxy.config, print(render([], settings.render, library).document), { mode: 0o600 });
    const grace = { binary: settings.haproxy.binary, config: settings.haproxy.config, grace: 2000 };
    await using haproxy = await startMaster(grace, () => portAnswers(places.stats), silent);
    await using source = createMarathonSource(settings, { log: silent });
    await using engine = createEngine(reloadedBy(settings, haproxy.pid), { library, source, log: silent });
    showPasses(engine, out);
    out('Starting the sample apps ...\n');
    const shown = show(sim, engine, signal, { intro: intro(places), out });
    await Promise.race([follow(engine, settings, silent, signal), shown, haproxy.ended]);
    if (signal.aborted) return 0;
    out('HAProxy ended by itself.\n');
    return 1;
  } catch (error) {
    if (signal.aborted) return 0;
    if (!(error instanceof HaproxyError)) throw error;
    out(`marathon-lb demo: ${error.message}\n`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findPlaces(marathon: string, service: number, folder: string): Promise<Places> {
  const taken = new Set(sampleApps().map((_, at) => service + at));
  return {
    marathon,
    service,
    http: await freePort(8080, taken),
    https: await freePort(8443, taken),
    appid: await freePort(9091, taken),
    stats: await freePort(9090, taken),
    admin: await freePort(9092, taken),
    program: programName(),
    certificate: join(folder, 'demo.pem'),
    config: join(folder, 'haproxy.cfg'),
    stateDir: join(folder, 'state'),
  };
}

/** As it was started: installed, or out of the checkout. */
function programName(): string {
  const path = process.argv[1] ?? '';
  return path.endsWith('.js') ? `node ${relative(process.cwd(), path)}` : basename(path);
}

/** The options that an operator would write on the command line. */
async function settingsFor(places: Places, folder: string): Promise<Settings> {
  const { certificate } = places;
  const hosts = ['shop.localhost', 'cart.localhost', 'wiki.localhost', 'pay.localhost', 'blog.localhost'] as const;
  await writeFile(certificate, await selfSigned({ hosts, days: 30, now: new Date() }), { mode: 0o600 });
  const options = {
    marathon: [places.marathon],
    group: ['external'],
    haproxyConfig: places.config,
    stateDir: places.stateDir,
    adminListen: `127.0.0.1:${places.admin}`,
    sse: true,
    healthCheck: true,
    sslCerts: certificate,
    bindAddress: '127.0.0.1',
    httpPort: String(places.http),
    httpsPort: String(places.https),
    httpsRouting: 'host',
    appidPort: String(places.appid),
    statsPort: String(places.stats),
    syslogSocket: '/dev/null',
  };
  // `--bind-address` is not for the apps' own ports: other hosts in the network shall not reach them either.
  const own = 'frontend {backend}\n  bind 127.0.0.1:{servicePort}\n  mode {mode}\n';
  const env = { PATH: process.env['PATH'], HAPROXY_FRONTEND_HEAD: own };
  const settings = loadSettings(options, thisMachine(env), Object.keys(templates));
  // HAProxy leaves its socket behind: in here it goes with the folder.
  const defaults = { ...settings.render.defaults, statsSocket: join(folder, 'haproxy.sock') };
  return { ...settings, render: { ...settings.render, defaults } };
}

/** Reloads by the option that operators use; `kill` is a word of the shell, so that no package is needed for it. */
function reloadedBy(settings: Settings, master: number): Settings {
  return { ...settings, haproxy: { ...settings.haproxy, command: `sh -c 'kill -USR2 ${master}'`, reloadInterval: 1 } };
}

function showPasses(engine: Engine, out: (text: string) => void): void {
  engine.journal.subscribe((entry) => out(passLines(entry)));
}

/** The introduction as soon as its lines work, then what happens in Marathon. */
async function show(
  sim: Sim,
  engine: Engine,
  signal: AbortSignal,
  { intro, out }: { readonly intro: string; readonly out: (text: string) => void },
): Promise<void> {
  await sim.idle(signal);
  await caughtUp(engine);
  out(`\n${intro}\n`);
  for (let seen = sim.events.length; ;) {
    await sim.until(() => sim.events.length > seen, signal);
    for (const event of sim.events.slice(seen)) out(marathonLine(event, new Date()) ?? '');
    seen = sim.events.length;
  }
}

/** Resolves when HAProxy has what Marathon says now, or will not take it. */
function caughtUp(engine: Engine): Promise<void> {
  const asked = new Date();
  return new Promise((resolve) => {
    const stop = engine.journal.subscribe(({ at, outcome }) => {
      if (at < asked || outcome.kind === 'postponed' || outcome.kind === 'held') return;
      stop();
      resolve();
    });
    engine.readAgain('the sample apps run');
  });
}
