import { fileURLToPath } from 'node:url';
import { maxconnFor } from '../../render/maxconn.ts';
import { adminAddress, type AdminListen } from '../places/admin-listen.ts';
import type { Values } from '../options/all-options.ts';
import type { AdminPlace } from '../places/admin-place.ts';
import { readAuthHosts } from '../places/auth-hosts.ts';
import { readHeaderName } from '../places/header-name.ts';
import { readNetworks } from '../places/networks.ts';
import { statsSocketFor } from '../places/runtime-folder.ts';
import type { TemplateDefaults } from '../settings.ts';
import { UsageError } from '../usage-error.ts';
import type { Machine } from '../machine.ts';

export interface Place extends AdminPlace {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** The folder of HAProxy's sockets. */
  readonly runtime: string;
}

/** What the default templates are filled with. Throws `UsageError` for an address that is none, and for two listeners on one port. */
export function templateDefaults(
  values: Values,
  machine: Machine,
  { config, runtime, admin, runAs }: Place,
): Omit<TemplateDefaults, 'adminAuth'> {
  const { 'bind-address': bindAddress, 'access-log': accessLog } = values;
  if (!/^[\w.:*@%[\]-]+$/.test(bindAddress)) throw new UsageError(`option --bind-address: '${bindAddress}' is no address`);
  refuseSamePorts(values, admin);
  return {
    bindAddress,
    httpPort: values['http-port'],
    httpsPort: values['https-port'],
    appidPort: values['appid-port'],
    statsPort: values['stats-port'],
    statsSocket: statsSocketFor(config, runtime),
    maxconn: maxconnFor(machine.openFiles),
    openFiles: machine.openFiles,
    globalDefaultOptions: (machine.env['HAPROXY_GLOBAL_DEFAULT_OPTIONS'] ?? 'redispatch,http-server-close,dontlognull')
      .split(',')
      .flatMap((option) => option.trim() || []),
    httpsRouting: values['https-routing'],
    forwarded: values.forwarded,
    acceptProxy: readNetworks('accept-proxy', values['accept-proxy']),
    accessLog: accessLog === 'off' ? undefined : accessLog,
    requestId: readHeaderName('request-id', values['request-id']),
    trustedProxies: readNetworks('trusted-proxies', values['trusted-proxies']),
    dynamicCookies: values['dynamic-cookies'],
    adminAddress: admin && adminAddress(admin),
    luaFolder,
    authHosts: readAuthHosts(values['auth-hosts']),
    hardStopAfter: values['hard-stop-after'] || undefined,
    plainConfig: values['no-redact-config'],
    runAs,
  };
}

function refuseSamePorts(values: Values, admin: AdminListen | undefined): void {
  const shared = values['dont-bind-http-https'] ? [] : (['http-port', 'https-port'] as const);
  const names = [...shared, 'appid-port', 'stats-port'] as const;
  for (const [at, name] of names.entries()) {
    const twin = names.slice(at + 1).find((other) => values[other] === values[name]);
    const other = twin ?? (isTaken(values[name], values['bind-address'], admin) ? 'admin-listen' : undefined);
    if (other) throw new UsageError(`--${name} and --${other} are both ${values[name]}; give each a port of its own`);
  }
}

/** Whether the program's own endpoints have a port of an address that HAProxy is to bind. */
function isTaken(port: number, address: string, admin: AdminListen | undefined): boolean {
  if (admin?.kind !== 'tcp' || admin.port !== port) return false;
  const everywhere = ['*', '0.0.0.0', '::', '[::]'];
  return address === admin.host || everywhere.includes(address) || everywhere.includes(admin.host);
}

/** The folder of this package whose files HAProxy loads: an absolute path, as HAProxy has a working directory of its own. */
const luaFolder: string = fileURLToPath(new URL('../../../lua', import.meta.url));
