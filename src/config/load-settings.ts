import { dirname, join, resolve } from 'node:path';
import { readAcme } from './certificates/acme.ts';
import { readAuthHosts } from './places/auth-hosts.ts';
import { readDefaultApp } from './places/default-app.ts';
import { certStore, listSettings } from './certificates/list-settings.ts';
import { readAdminAuth } from './places/admin-auth.ts';
import { adminPlace } from './places/admin-place.ts';
import { featuresOf } from './versions/version.ts';
import { type AtHand, haproxyAtHand } from './versions/installed.ts';
import { readAuth } from './marathon/auth.ts';
import { readLog } from './log.ts';
import { offersHttp2 } from '../haproxy-config/http2.ts';
import { isRuleTemplate } from '../model/lint/unreachable-rules.ts';
import { readHttpUrl, readMarathonUrls } from './marathon/urls.ts';
import { frontendsOf } from './places/reserved-ports.ts';
import type { Values } from './options/all-options.ts';
import type {
  HaproxySettings,
  MarathonSettings,
  ModelSettings,
  RenderSettings,
  RunMode,
  RunSettings,
  Settings,
} from './settings.ts';
import { stateFolder } from './places/state-folder.ts';
import { givenRuntimeFolder, runtimeFolder } from './places/runtime-folder.ts';
import { readPeers } from './places/peers.ts';
import { type Place, templateDefaults } from './templates/template-defaults.ts';
import { loadTemplates, type TemplateSources, templateWarnings } from './templates/templates.ts';
import { UsageError } from './usage-error.ts';
import { type ReadValues, readValues } from './options/read.ts';
import type { Machine } from './machine.ts';
import { MEGABYTE } from '../model/values/answers.ts';
import { parseSize } from '../model/values/limits-per-client.ts';

/**
 * Makes settings of what the command line library found (`command.opts()`), the environment and the machine. `templateNames`: those of
 * the templates table; `firstTemplates`: a folder whose templates go before those of `--templates`. Throws `UsageError`.
 */
export function loadSettings(
  raw: Readonly<Record<string, unknown>>,
  machine: Machine,
  templateNames: readonly string[],
  firstTemplates?: string,
): Settings {
  const read = readValues(raw, machine.env, machine.platform);
  const binary = findBinary(read.values['haproxy-binary'], machine);
  const atHand = haproxyAtHand(read.values, binary, machine);
  const place = placeOf(read.values, machine);
  const usual = { path: resolve(machine.cwd, read.values.templates), isGiven: read.given.has('templates') };
  const folders = [...(firstTemplates === undefined ? [] : [{ path: firstTemplates, isGiven: false }]), usual];
  const sources = { templateNames, env: machine.env, listFolder: machine.listFolder, readFile: machine.readFile, folders };
  const render = renderSettings(read, machine, sources, atHand, place);
  const acme = readAcme(read, machine);
  return {
    marathon: marathonSettings(read, machine),
    model: {
      ...modelSettings(read.values),
      frontends: frontendsOf(render),
      offersHttp2: sharesHttp2(render),
      rules: rulesOf(render),
      groupsVhosts: render.bindHttpHttps && render.groupHttpsByVhost,
    },
    render,
    haproxy: {
      ...haproxySettings(read.values, machine),
      gid: render.defaults.runAs?.gid,
      binary,
      asked: atHand.isGiven ? undefined : atHand.version,
    },
    run: {
      ...runSettings(read.values, machine),
      adminListen: place.admin,
      adminSpare: place.spare,
      makesCertificate: !read.given.has('ssl-certs') && !read.values['dont-bind-http-https'] && !read.values['skip-validation'],
    },
    log: readLog(read, machine),
    ...(acme !== undefined && { acme }),
  };
}

/** Only what concerns Marathon: for `zdd`, which has no groups. Throws `UsageError`. */
export function marathonSettings(read: ReadValues, machine: Machine): MarathonSettings {
  const { values } = read;
  const { urls, userinfo } = readMarathonUrls(values.marathon);
  return {
    urls,
    auth: readAuth(read, userinfo, machine),
    caCert: values['marathon-ca-cert'],
    insecure: values['marathon-insecure'],
    maxBackoff: values['max-backoff'],
    lruCacheCapacity: values['lru-cache-capacity'],
    frameworkName: machine.env['FRAMEWORK_NAME'] || undefined,
  };
}

function modelSettings(values: Values): ModelSettings {
  const groups = values.group.filter((group) => group.trim() !== '');
  if (groups.length === 0) {
    throw new UsageError(
      "option --group is missing: name at least one group, such as --group external, or --group '*' for all apps",
    );
  }
  return {
    groups,
    strictMode: values['strict-mode'],
    healthCheck: values['health-check'],
    authScope: values['auth-scope'],
    ...defaultApp(values),
    assignedPorts: assignedPorts(values['min-serv-port-ip-per-task'], values['max-serv-port-ip-per-task']),
    // One rule with two names: raw templates that are off are those of `strict`.
    ...(values['raw-templates'] === 'off'
      ? { labelPolicy: 'strict', labelPolicyOption: '--raw-templates off' }
      : { labelPolicy: values['label-policy'] }),
    limits: {
      labelLength: values['max-label-length'],
      vhosts: values['max-vhosts'],
      authHosts: readAuthHosts(values['auth-hosts']),
      ordersCertificates: values['acme-domains'] !== undefined,
      listsCertificates: values['cert-store'] !== undefined || values['acme-domains'] !== undefined,
      hasClientCas: values['client-cas'] !== undefined,
    },
  };
}

/** Only with the shared frontends: to them it belongs. */
function defaultApp(values: Values): Pick<ModelSettings, 'defaultApp'> {
  const app = readDefaultApp(values['default-app']);
  if (app === undefined) return {};
  if (values['dont-bind-http-https']) throw new UsageError('option --default-app has no effect with --dont-bind-http-https');
  return { defaultApp: app };
}

/** Whether the one HTTPS frontend of all hosts offers HTTP/2, by the operator's template or the default one. */
function sharesHttp2({ bindHttpHttps, groupHttpsByVhost, templates, defaults, haproxy }: RenderSettings): boolean {
  if (!bindHttpHttps || groupHttpsByVhost) return false;
  const own = templates['HTTPS_FRONTEND_HEAD'];
  return own === undefined ? defaults.httpsRouting === 'host' : offersHttp2(own, haproxy);
}

function rulesOf({ templates, haproxyMap, bindHttpHttps }: RenderSettings): ModelSettings['rules'] {
  if (!bindHttpHttps || Object.keys(templates).some(isRuleTemplate)) return 'unknown';
  return haproxyMap ? 'mapped' : 'listed';
}

function assignedPorts(min: number, max: number): ModelSettings['assignedPorts'] {
  if (min === 0 && max === 0) return undefined;
  const both = `--min-serv-port-ip-per-task ${min} and --max-serv-port-ip-per-task ${max}`;
  if (min === 0 || max === 0) throw new UsageError(`${both}: give two ports, or 0 for both to assign none`);
  if (min > max) throw new UsageError(`${both}: the lowest port is above the highest`);
  return { min, max };
}

function renderSettings(
  { values }: ReadValues,
  machine: Machine,
  { templateNames, ...sources }: TemplateSources & { readonly templateNames: readonly string[] },
  { version }: AtHand,
  place: Place,
): RenderSettings {
  const sslCerts = values['ssl-certs'].split(',').flatMap((path) => path.trim() || []);
  if (sslCerts.length === 0) throw new UsageError('option --ssl-certs names no file');
  const templates = loadTemplates(templateNames, sources);
  return {
    haproxy: featuresOf(version),
    translate: !values['no-translate'],
    haproxyMap: values['haproxy-map'],
    bindHttpHttps: !values['dont-bind-http-https'],
    groupHttpsByVhost: values['group-https-by-vhost'],
    authScope: values['auth-scope'],
    ...defaultApp(values),
    sslCerts,
    ...listSettings(values, templates),
    haproxyDir: dirname(place.config),
    cacheMemory: cacheMemory(values['cache-memory']),
    peers: readPeers(values, machine.hostname),
    templates,
    templateWarnings: templateWarnings(templateNames, templates, sources),
    defaults: {
      ...templateDefaults(values, machine, place),
      adminAuth: readAdminAuth(values['admin-auth'], templates['HEAD'] !== undefined),
      ...(values['admin-hosts'] === undefined ? {} : { adminHosts: adminHosts(values) }),
    },
  };
}

/** Returns a size in whole megabytes. Throws `UsageError`. */
function cacheMemory(text: string): number {
  const size = /^0[kmg]?$/i.test(text.trim()) ? { value: 0 } : parseSize(text);
  if ('must' in size) throw new UsageError(`option --cache-memory ${text}: it must be 0, or a size such as 64m or 1g`);
  return Math.floor(size.value / MEGABYTE);
}

function haproxySettings(values: Values, machine: Machine): Omit<HaproxySettings, 'binary' | 'asked' | 'gid'> {
  return {
    config: configPath(values, machine),
    command: values.command?.trim() || undefined,
    maxReloadRetries: values['max-reload-retries'],
    reloadInterval: values['reload-interval'],
    archiveVersions: values['archive-versions'],
    skipValidation: values['skip-validation'],
    skipConfigCleanup: values['skip-config-cleanup'],
    runtimeUpdates: !values['no-runtime-updates'],
    drainTimeout: values['drain-timeout'],
    reloadMinInterval: values['reload-min-interval'],
    masterSocket: values['master-socket']?.trim() || undefined,
  };
}

/** Where HAProxy finds its files and sockets, and the program's own endpoints. */
function placeOf(values: Values, machine: Machine): Place {
  const config = configPath(values, machine);
  const folder = values['runtime-dir'];
  const runtime = folder === undefined ? runtimeFolder(machine) : givenRuntimeFolder(folder, machine.cwd);
  const given = values['admin-listen'];
  return { config, runtime, ...adminPlace({ given, isWanted: !values['no-drop-privileges'], config, runtime }, machine) };
}

/** Absolute: HAProxy need not share our working directory. */
function configPath(values: Pick<Values, 'haproxy-config'>, { cwd }: Machine): string {
  return resolve(cwd, values['haproxy-config']);
}

/** Debian puts HAProxy where the PATH of an ordinary user does not look. */
function findBinary(name: string, { env, isProgram }: Machine): string {
  if (name.includes('/')) return name;
  const inPath = (env['PATH'] ?? '').split(':').some((folder) => folder !== '' && isProgram(join(folder, name)));
  if (inPath) return name;
  return ['/usr/local/sbin', '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find((path) => isProgram(path)) ?? name;
}

function runSettings(values: Values, machine: Machine): Omit<RunSettings, 'adminListen' | 'adminSpare' | 'makesCertificate'> {
  return {
    mode: runMode(values, machine),
    resyncInterval: values['resync-interval'],
    maxRemoval: values['max-removal'],
    policyFile: policyFile(values, machine),
    errorPagesFolder: folderOf(values['error-pages'], machine),
    clientCasFolder: folderOf(values['client-cas'], machine),
    certStore: certStore(values, stateDir(values, machine), machine),
    stateDir: stateDir(values, machine),
    adminHosts: adminHosts(values),
  };
}

/** Absolute: where the program keeps what it is to know after a restart. */
export function stateDir(values: Pick<Values, 'state-dir' | 'haproxy-config'>, machine: Machine): string {
  const given = values['state-dir'];
  return given === undefined ? stateFolder(configPath(values, machine), machine) : resolve(machine.cwd, given);
}

/** Names of hosts in small letters, of `--admin-hosts`. Throws `UsageError`. */
function adminHosts(values: Values): readonly string[] {
  const names = (values['admin-hosts'] ?? '').split(',').flatMap((name) => name.trim().toLowerCase().replace(/\.$/, '') || []);
  const wrong = names.find((name) => !/^[\w-]+(?:\.[\w-]+)*$/.test(name));
  if (wrong !== undefined)
    throw new UsageError(`option --admin-hosts: '${wrong}' is no host name; give names without ports, separated by commas`);
  return names;
}

function policyFile({ policy }: Values, { cwd }: Machine): string | undefined {
  return policy === undefined || policy.trim() === '' ? undefined : resolve(cwd, policy);
}

function folderOf(value: string | undefined, { cwd }: Machine): string | undefined {
  const folder = value?.trim();
  return folder === undefined || folder === '' ? undefined : resolve(cwd, folder);
}

function runMode(values: Values, { cwd }: Machine): RunMode {
  const { listening, sse, dry, notes, output, check } = values;
  if (sse && listening !== undefined) throw new UsageError('--sse and --listening exclude each other; give one');
  const callback = values['callback-url'] ?? listening;
  if (callback !== undefined) readHttpUrl(values['callback-url'] === undefined ? '--listening' : '--callback-url', callback);
  if (dry) {
    const folder = output === undefined ? {} : { output: resolve(cwd, output) };
    return { kind: 'dry', ...folder, ...(check && { check }), ...(notes && { notes }) };
  }
  const lone = output === undefined ? (check ? '--check' : notes ? '--notes' : undefined) : '--output';
  if (lone !== undefined) throw new UsageError(`option ${lone} has a meaning only with --dry; give both`);
  if (sse) return { kind: 'sse' };
  if (listening === undefined || callback === undefined) return { kind: 'once' };
  return { kind: 'event', listen: readHttpUrl('--listening', listening), callbackUrl: callback };
}
