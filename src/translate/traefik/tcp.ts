/** Traefik's routers for TCP. */
import { isHostName } from '../../model/values/network/hosts.ts';
import { createDraft, differs, type Draft, lose, set } from './draft.ts';
import { isTrue, listOf } from './go-values.ts';
import type { Options } from './labels.ts';
import { applyMiddleware } from './middlewares.ts';
import { hostPattern } from './patterns.ts';
import { type EntryPoints, expand, type Middlewares } from './routers.ts';
import { loseRest } from './services.ts';

/** Translates the routers for TCP that lead to one service port: those that take all connections, and those that pass TLS on for some hosts. */
export function tcpDraft(routers: readonly Options[], middlewares: Middlewares, entryPoints: EntryPoints): Draft {
  const draft = createDraft();
  for (const options of routers) {
    const hosts = hostsIn(options.take('rule') ?? '');
    const names = expand(listOf(options.take('middlewares') ?? ''), middlewares);
    const tls = options.take('tls');
    const isPassedOn = isTrue(options.take('tls.passthrough') ?? '');
    const isTls = tls === undefined ? options.has('tls') || isPassedOn : isTrue(tls);
    const fault = faultOf(hosts, isTls, isPassedOn);
    if (fault !== undefined || hosts === undefined) {
      lose(draft, options.label('rule'), fault ?? '');
      continue;
    }
    if (hosts === 'any') setMode(draft, options);
    else passOn(draft, hosts, options, entryPoints);
    for (const name of names) {
      const middleware = middlewares.get(name)?.();
      if (middleware === undefined)
        lose(draft, options.label('middlewares'), `the middleware ${name} is not in the labels of these apps`, true);
      else applyMiddleware(middleware, { draft, mode: 'tcp', paths: [] });
    }
    options.take('priority');
    loseRest(options, draft);
  }
  return draft;
}

function setMode(draft: Draft, options: Options): void {
  set(draft, 'MODE', 'tcp', options.label('rule'));
  if (options.take('entrypoints') !== undefined)
    differs(draft, options.label('entrypoints'), 'clients connect to the service port, HAPROXY_{n}_PORT gives it another number');
}

function passOn(draft: Draft, hosts: readonly string[], options: Options, { https }: EntryPoints): void {
  const points = listOf(options.take('entrypoints') ?? '').map((point) => point.toLowerCase());
  if (points.some((point) => !https.has(point)))
    differs(draft, options.label('entrypoints'), 'the connections are those of the HTTPS port (--https-entry-points)');
  const all = [...new Set([...draft.hosts, ...hosts])];
  draft.hosts = all;
  draft.values.set('VHOST', { value: all.join(','), from: options.label('rule') });
  set(draft, 'TLS_PASSTHROUGH', 'true', options.label('tls.passthrough'));
}

function faultOf(hosts: readonly string[] | 'any' | undefined, isTls: boolean, isPassedOn: boolean): string | undefined {
  if (hosts === undefined) return 'no label leads connections to a service by anything but the names in TLS hellos';
  if (isTls && !isPassedOn) return 'no label ends TLS for mode tcp';
  return hosts !== 'any' && !isPassedOn ? 'a name is only in TLS hellos, and TLS is neither passed on nor ended' : undefined;
}

/** Returns the hosts of a rule; `any` if it takes all. Returns undefined if it is about something else. */
function hostsIn(rule: string): readonly string[] | 'any' | undefined {
  const hosts: string[] = [];
  for (const part of rule.split('||')) {
    const [, matcher = '', values = ''] = /^\s*(HostSNI|HostSNIRegexp)\(\s*((?:[`"][^`"]*[`"]\s*,?\s*)+)\)\s*$/i.exec(part) ?? [];
    if (matcher === '') return undefined;
    for (const [, host = ''] of values.matchAll(/[`"]([^`"]*)[`"]/g)) {
      if (host === '*') return 'any';
      const read = matcher.toLowerCase() === 'hostsni' ? host.toLowerCase() : hostPattern(host);
      if (!isHostName(read) && !/^[*~]/.test(read)) return undefined;
      hosts.push(read);
    }
  }
  return hosts.length === 0 ? undefined : hosts;
}
