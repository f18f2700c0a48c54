/** `npm start`: an embedded Marathon, a real HAProxy and the daemon, in one terminal. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCertificates } from '../../certificates/open-certificates.ts';
import { selfSigned } from '../../certificates/self-signed.ts';
import { loadSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { thisMachine } from '../../config/machine.ts';
import { type Authority, createAuthority } from './authority.ts';
import { freePort, freeRow } from './free-port.ts';
import { intro, marathonLine, passLines, type Places } from './screen.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { startMaster } from '../../haproxy/process/master.ts';
import { portAnswers } from '../../lib/process/port-open.ts';
import { silent } from '../../log/logger.ts';
import { createMarathonSource } from '../../sources/marathon/source.ts';
import { NO_CERTIFICATES } from '../../model/certificates/certificate.ts';
import { createCertificateMerge } from '../../render/certificates.ts';
import { print } from '../../render/document.ts';
import { printFile } from '../../render/files/kinds.ts';
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
    const authority = await createAuthority(new Date());
    await mkdir(places.certStore);
    await writeFile(places.authority, authority.certificate);
    await renew(authority, places);
    const certificates = openCertificates(settings, { log: silent, head: library.fill('HEAD', {}) });
    await certificates?.read(signal);
    const empty = render([], settings.render, library).document;
    const first = createCertificateMerge()(empty, certificates?.current ?? NO_CERTIFICATES, true);
    for (const file of first.files) await writeFile(join(folder, file.name), printFile(file), { mode: 0o600 });
    await writeFile(settings.haproxy.config, print(first), { mode: 0o600 });
    const grace = { binary: settings.haproxy.binary, config: settings.haproxy.config, grace: 2000 };
    await using haproxy = await startMaster(grace, () => portAnswers(places.stats), silent);
    await using source = createMarathonSource(settings, { log: silent });
    await using engine = createEngine(reloadedBy(settings, haproxy.pid), { library, source, log: silent, certificates });
    showPasses(engine, out);
    out('Starting the sample apps ...\n');
    const shown = showIntro(sim, engine, signal, { intro: intro(places), out }).then(() =>
      Promise.race([showEvents(sim, signal, out), keepRenewing(authority, places, signal)]),
    );
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
    authority: join(folder, 'authority.pem'),
    certStore: join(folder, 'certificates'),
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
  const hosts = ['shop.localhost', 'cart.localhost', 'wiki.localhost', 'pay.localhost'] as const;
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
    certStore: `dir:${places.certStore}`,
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

/** Shows the introduction as soon as its lines work. */
async function showIntro(
  sim: Sim,
  engine: Engine,
  signal: AbortSignal,
  { intro, out }: { readonly intro: string; readonly out: (text: string) => void },
): Promise<void> {
  await sim.idle(signal);
  await caughtUp(engine);
  out(`\n${intro}\n`);
}

async function showEvents(sim: Sim, signal: AbortSignal, out: (text: string) => void): Promise<void> {
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

/** Gives a host a new certificate every while, as an authority does every few weeks. */
async function keepRenewing(authority: Authority, places: Places, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(RENEWAL, undefined, { signal });
    await renew(authority, places);
  }
}

/** Milliseconds. */
const RENEWAL = 20_000;

const RENEWED_HOST = 'blog.localhost';

async function renew(authority: Authority, { certStore }: Places): Promise<void> {
  const hidden = join(certStore, `.${RENEWED_HOST}`);
  await writeFile(hidden, await authority.issue(RENEWED_HOST, new Date()), { mode: 0o600 });
  await rename(hidden, join(certStore, `${RENEWED_HOST}.pem`));
}
