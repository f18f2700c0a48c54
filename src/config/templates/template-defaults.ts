import { maxconnFor } from '../../render/maxconn.ts';
import { adminAddress, type AdminListen } from '../places/admin-listen.ts';
import { luaFolder } from '../places/lua-folder.ts';
import type { Values } from '../options/all-options.ts';
import type { AdminPlace } from '../places/admin-place.ts';
import { statsSocketFor } from '../places/runtime-folder.ts';
import type { TemplateDefaults } from '../settings.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../machine.ts';

export interface Place extends AdminPlace {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** The folder of HAProxy's sockets. */
  readonly runtime: string;
}

/** What the default templates are filled with. Throws `UsageError` for an address that is none, and for two listeners on one port. */
export function templateDefaults(
  values: Values,
  world: World,
  { config, runtime, admin, runAs }: Place,
): Omit<TemplateDefaults, 'adminAuth'> {
  const bindAddress = values['bind-address'];
  if (!/^[\w.:*@%[\]-]+$/.test(bindAddress)) throw new UsageError(`option --bind-address: '${bindAddress}' is no address`);
  refuseSamePorts(values, admin);
  return {
    bindAddress,
    httpPort: values['http-port'],
    httpsPort: values['https-port'],
    appidPort: values['appid-port'],
    statsPort: values['stats-port'],
    statsSocket: statsSocketFor(config, runtime),
    maxconn: maxconnFor(world.openFiles),
    openFiles: world.openFiles,
    globalDefaultOptions: (world.env['HAPROXY_GLOBAL_DEFAULT_OPTIONS'] ?? 'redispatch,http-server-close,dontlognull')
      .split(',')
      .flatMap((option) => option.trim() || []),
    httpsRouting: values['https-routing'],
    forwarded: values.forwarded,
    dynamicCookies: values['dynamic-cookies'],
    adminAddress: admin && adminAddress(admin),
    luaFolder,
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
