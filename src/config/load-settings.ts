import { dirname, join, resolve } from 'node:path';
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
import { type Place, templateDefaults } from './templates/template-defaults.ts';
import { loadTemplates, templateWarnings } from './templates/templates.ts';
import { UsageError } from './usage-error.ts';
import { type ReadValues, readValues } from './options/read.ts';
import type { World } from './machine.ts';

/**
 * Makes settings of what the command line library found (`command.opts()`), the environment and the machine. `templateNames`: those of
 * the templates table. Throws `UsageError`.
 */
export function loadSettings(raw: Readonly<Record<string, unknown>>, world: World, templateNames: readonly string[]): Settings {
  const read = readValues(raw, world.env, world.platform);
  const binary = findBinary(read.values['haproxy-binary'], world);
  const atHand = haproxyAtHand(read.values, binary, world);
  const place = placeOf(read.values, world);
  const render = renderSettings(read, world, templateNames, atHand, place);
  return {
    marathon: marathonSettings(read, world),
    model: {
      ...modelSettings(read.values),
      frontends: frontendsOf(render),
      offersHttp2: sharesHttp2(render),
      rules: rulesOf(render),
      groupsVhosts: render.bindHttpHttps && render.groupHttpsByVhost,
    },
    render,
    haproxy: {
      ...haproxySettings(read.values, world),
      gid: render.defaults.runAs?.gid,
      binary,
      asked: atHand.isGiven ? undefined : atHand.version,
    },
    run: { ...runSettings(read.values, world), adminListen: place.admin },
    log: readLog(read, world),
  };
}

/** Only what concerns Marathon: for `zdd`, which has no groups. Throws `UsageError`. */
export function marathonSettings(read: ReadValues, world: World): MarathonSettings {
  const { values } = read;
  const { urls, userinfo } = readMarathonUrls(values.marathon);
  return {
    urls,
    auth: readAuth(read, userinfo, world),
    caCert: values['marathon-ca-cert'],
    insecure: values['marathon-insecure'],
    maxBackoff: values['max-backoff'],
    lruCacheCapacity: values['lru-cache-capacity'],
    frameworkName: world.env['FRAMEWORK_NAME'] || undefined,
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
    assignedPorts: assignedPorts(values['min-serv-port-ip-per-task'], values['max-serv-port-ip-per-task']),
    labelPolicy: values['label-policy'],
    limits: { labelLength: values['max-label-length'], vhosts: values['max-vhosts'] },
  };
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
  { values, given }: ReadValues,
  world: World,
  templateNames: readonly string[],
  { version }: AtHand,
  place: Place,
): RenderSettings {
  const dir = resolve(world.cwd, values.templates);
  const sslCerts = values['ssl-certs'].split(',').flatMap((path) => path.trim() || []);
  if (sslCerts.length === 0) throw new UsageError('option --ssl-certs names no file');
  const sources = { ...world, dir, dirGiven: given.has('templates') };
  const templates = loadTemplates(templateNames, sources);
  return {
    haproxy: featuresOf(version),
    translate: !values['no-translate'],
    haproxyMap: values['haproxy-map'],
    bindHttpHttps: !values['dont-bind-http-https'],
    groupHttpsByVhost: values['group-https-by-vhost'],
    authScope: values['auth-scope'],
    sslCerts,
    haproxyDir: dirname(place.config),
    templates,
    templateWarnings: templateWarnings(templateNames, templates, sources),
    defaults: {
      ...templateDefaults(values, world, place),
      adminAuth: readAdminAuth(values['admin-auth'], templates['HEAD'] !== undefined),
    },
  };
}

function haproxySettings(values: Values, world: World): Omit<HaproxySettings, 'binary' | 'asked' | 'gid'> {
  return {
    config: configPath(values, world),
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
function placeOf(values: Values, world: World): Place {
  const config = configPath(values, world);
  const folder = values['runtime-dir'];
  const runtime = folder === undefined ? runtimeFolder(world) : givenRuntimeFolder(folder, world.cwd);
  const given = values['admin-listen'];
  return { config, runtime, ...adminPlace({ given, isWanted: !values['no-drop-privileges'], config, runtime }, world) };
}

/** Absolute: HAProxy need not share our working directory. */
function configPath(values: Pick<Values, 'haproxy-config'>, { cwd }: World): string {
  return resolve(cwd, values['haproxy-config']);
}

/** Debian puts HAProxy where the PATH of an ordinary user does not look. */
function findBinary(name: string, { env, isProgram }: World): string {
  if (name.includes('/')) return name;
  const inPath = (env['PATH'] ?? '').split(':').some((folder) => folder !== '' && isProgram(join(folder, name)));
  if (inPath) return name;
  return ['/usr/local/sbin', '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find((path) => isProgram(path)) ?? name;
}

function runSettings(values: Values, world: World): Omit<RunSettings, 'adminListen'> {
  return {
    mode: runMode(values, world),
    resyncInterval: values['resync-interval'],
    maxRemoval: values['max-removal'],
    stateDir: stateDir(values, world),
    adminHosts: (values['admin-hosts'] ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || []),
  };
}

/** Absolute: where the program keeps what it is to know after a restart. */
export function stateDir(values: Pick<Values, 'state-dir' | 'haproxy-config'>, world: World): string {
  const given = values['state-dir'];
  return given === undefined ? stateFolder(configPath(values, world), world) : resolve(world.cwd, given);
}

function runMode(values: Values, { cwd }: World): RunMode {
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
