import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { addOptions } from '../../../src/config/options/command.ts';
import { loadSettings } from '../../../src/config/load-settings.ts';
import type { RenderSettings, Settings } from '../../../src/config/settings.ts';
import type { Machine } from '../../../src/config/machine.ts';
import { orderProblems } from '../../../src/certificates/acme/orders/orders.ts';
import { selfSigned } from '../../../src/certificates/self-signed.ts';
import { appsCollector, understand } from '../../../src/sources/marathon/apps/collect-apps.ts';
import { parseApp } from '../../../src/sources/marathon/apps/schema.ts';
import { build } from '../../../src/model/build.ts';
import type { Policy } from '../../../src/model/policy/rules/policy.ts';
import { readPolicy } from '../../../src/model/policy/rules/read-policy.ts';
import type { Problem } from '../../../src/model/problem.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import type { ConfigDocument } from '../../../src/render/document.ts';
import { readClientCas } from '../../../src/config/certificates/client-cas.ts';
import type { CertificateTable } from '../../../src/model/certificates/certificate.ts';
import type { ClientCas } from '../../../src/model/certificates/client-cas.ts';
import { createRendering } from '../../../src/engine/pass/rendering.ts';
import { sampleCertificate } from '../certificates/sample.ts';
import { readErrorPages } from '../../../src/config/error-pages.ts';
import type { ErrorPages } from '../../../src/render/error-pages/sections.ts';
import { createLibrary } from '../../../src/render/templates/library.ts';
import { render } from '../../../src/render/render.ts';
import { templates } from '../../../src/render/templates/defaults.ts';

/** The folder of golden cases. */
export const GOLDEN = new URL('../../golden', import.meta.url).pathname;

/** `options.json` of a case; without the file: `--group external`. */
export interface CaseOptions {
  /** The command line. Paths in `/golden/` stand for a folder with the files that HAProxy opens. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `default`: the HEAD of the program; else a short one. */
  readonly head?: 'default';
  /** What the file of `--policy` has. */
  readonly policy?: unknown;
  /** Files of the folder of `--error-pages`, by their name in it, such as `shop/503.html`. */
  readonly errorPages?: Readonly<Record<string, string>>;
  /** Files of the folder of `--client-cas`, by their name in it. */
  readonly clientCas?: Readonly<Record<string, string>>;
  /** Hosts of the certificates that are served by a list, by name: `cert`, `one` or `two`. */
  readonly certificates?: Readonly<Record<string, readonly string[]>>;
  /** Host name → address; others do not resolve. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Last known health by task id. */
  readonly health?: Readonly<Record<string, boolean>>;
}

/** Puts what HAProxy opens into a folder that takes the place of `/golden/`. */
export async function addFiles(folder: string): Promise<void> {
  certificate ??= selfSigned({ hosts: ['golden.example.com'], days: 2, now: new Date() });
  for (const name of ['cert.pem', 'one.pem', 'two.pem']) writeFileSync(join(folder, name), await certificate);
  cpSync('lua', join(folder, 'lua'), { recursive: true });
}

/** Keys take their time: one for all tests of a process. */
let certificate: Promise<string> | undefined;

/** What the program makes of a case. */
export interface Outcome {
  readonly document: ConfigDocument;
  readonly problems: readonly Problem[];
}

export function goldenCases(): readonly string[] {
  return readdirSync(GOLDEN).sort();
}

/** `apps` of `marathon.json` and the options of a case. */
export function readCase(name: string): { readonly apps: readonly unknown[]; readonly options: CaseOptions } {
  const { apps } = JSON.parse(readFileSync(join(GOLDEN, name, 'marathon.json'), 'utf8')) as { apps: readonly unknown[] };
  return { apps, options: readdirSync(join(GOLDEN, name)).includes('options.json') ? readOptions(name) : EXTERNAL };
}

/** Parses, builds and renders apps as a pass does. */
export function outcomeOf(apps: readonly unknown[], options: CaseOptions = EXTERNAL, haproxyVersion?: string): Outcome {
  const settings = settingsOf(options, haproxyVersion);
  const { services, problems } = build(snapshotOf(apps, options), settings.model);
  const library = createLibrary(settings.render);
  const table = tableOf(options);
  const rendered =
    table === undefined
      ? render(services, withAnswer(settings), library)
      : createRendering(settings.render, library, () => table).render(services);
  const orders = settings.acme === undefined ? [] : orderProblems(services, settings.acme);
  return { document: rendered.document, problems: [...problems, ...rendered.problems, ...orders] };
}

function tableOf({ certificates }: CaseOptions): CertificateTable | undefined {
  if (certificates === undefined) return undefined;
  const all = Object.entries(certificates).map(([name, hosts]) => ({
    ...sampleCertificate(name),
    path: `/golden/${name}.pem`,
    hosts,
  }));
  return { certificates: all, problems: [] };
}

/** As if an account were there, and no certificate yet. */
function withAnswer({ render, acme }: Settings): RenderSettings {
  if (acme === undefined) return render;
  const thumbprint = '72apEdnCtVPcIuhTpKI-3Px_XnZJzSjgTqbhUYsiOkU';
  return { ...render, listsCertificates: false, acmeAnswer: { thumbprint, domains: acme.domains } };
}

export function snapshotOf(apps: readonly unknown[], { addresses = {}, health = {} }: CaseOptions): Snapshot {
  const collector = appsCollector();
  collector.push(JSON.stringify({ apps }));
  const { apps: workloads, rejected } = understand(collector.end(), undefined, parseApp);
  return { workloads, rejected, addresses: new Map(Object.entries(addresses)), health: new Map(Object.entries(health)) };
}

export function settingsOf(
  { args, env = {}, head, policy, errorPages, clientCas }: CaseOptions,
  haproxyVersion = '2.6',
): Settings {
  const command = addOptions(new Command()).exitOverride();
  const values = command.parse(
    ['--haproxy-config', '/golden/haproxy.cfg', '--haproxy-version', haproxyVersion, '--ssl-certs', '/golden/cert.pem', ...args],
    {
      from: 'user',
    },
  );
  const given = head === 'default' ? env : { HAPROXY_HEAD: SHORT_HEAD, ...env };
  const settings = loadSettings(values.opts(), { ...nowhere, env: given }, Object.keys(templates));
  const render: RenderSettings = {
    ...settings.render,
    ...(errorPages !== undefined && { errorPages: errorPagesOf(errorPages) }),
    ...(clientCas !== undefined && { clientCas: clientCasOf(clientCas) }),
    defaults: { ...settings.render.defaults, statsSocket: '/golden/haproxy.sock', luaFolder: '/golden/lua' },
  };
  return { ...settings, model: { ...settings.model, ...(policy !== undefined && { policy: policyOf(policy) }) }, render };
}

/** Returns the policy of what its file has. */
export function policyOf(value: unknown): Policy {
  const read = readPolicy(JSON.stringify(value), '/golden/policy.json');
  if ('fault' in read) throw new Error(read.fault);
  return read.policy;
}

function errorPagesOf(files: Readonly<Record<string, string>>): ErrorPages {
  const read = withFiles(files, readErrorPages);
  if ('fault' in read || read.pages.faults.length > 0) throw new Error(JSON.stringify(read));
  return read.pages;
}

function clientCasOf(files: Readonly<Record<string, string>>): ClientCas {
  const read = withFiles(files, readClientCas);
  if ('fault' in read || read.cas.faults.length > 0) throw new Error(JSON.stringify(read));
  return read.cas;
}

/** Returns what is read from a folder that has these files. */
function withFiles<T>(files: Readonly<Record<string, string>>, read: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'golden-files-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const EXTERNAL: CaseOptions = { args: ['--group', 'external'] };

/** The head of documents that a test starts as they are. */
export const SHORT_HEAD = `global
  stats socket /golden/haproxy.sock level admin expose-fd listeners
defaults
  timeout connect 3s
  timeout client 30s
  timeout server 30s
`;

/** A machine with nothing on it. */
export const nowhere: Machine = {
  env: {},
  platform: 'linux',
  cwd: '/golden',
  uid: 0,
  tmpdir: '/tmp',
  hostname: 'lb-1',
  openFiles: 20_000,
  readFile: (path) => FILES[path] ?? missing(path),
  listFolder: missing,
  exists: () => false,
  isProgram: () => false,
  accessOf: () => ({ mode: 0o755, gid: 0 }),
  isWritable: () => true,
  askHaproxy: () => ({ kind: 'missing', why: 'there is none' }),
};

/** A machine where HAProxy is started by root and can become another user. */
const FILES: Readonly<Record<string, string>> = {
  '/proc/self/status': 'CapEff:\t000001ffffffffff\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nhaproxy:x:102:105::/var/lib/haproxy:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nhaproxy:x:105:\n',
};

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

function readOptions(name: string): CaseOptions {
  return JSON.parse(readFileSync(join(GOLDEN, name, 'options.json'), 'utf8')) as CaseOptions;
}
