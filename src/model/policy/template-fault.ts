import { fillLoosely } from '../labels/fill-loosely.ts';
import { checkPath, isPlainPath } from '../tasks/check.ts';
import type { ServiceDefinition } from '../service.ts';
import type { TemplateName } from '../labels/template-table.ts';
import { lineFault, serverWordsFault } from './line-fault.ts';

/** How a template of a backend is read: `lines`, after its head line, or words of a `server` line; `raw` ones have no placeholders. */
type Shape = 'lines' | 'raw lines' | 'lines after the head' | 'server words';

/** The templates that stay in the backend of their service: labels may replace these with `--label-policy safe`. */
export const SAFE_TEMPLATES: { readonly [name in TemplateName]?: Shape } = {
  BACKEND_HEAD: 'lines after the head',
  BACKEND_HSTS_OPTIONS: 'raw lines',
  BACKEND_HTTP_OPTIONS: 'raw lines',
  BACKEND_HTTP_HEALTHCHECK_OPTIONS: 'lines',
  BACKEND_TCP_HEALTHCHECK_OPTIONS: 'lines',
  BACKEND_STICKY_OPTIONS: 'raw lines',
  BACKEND_SERVER_OPTIONS: 'lines',
  BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: 'server words',
  BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS: 'server words',
  HTTP_BACKEND_PROXYPASS_GLUE: 'lines',
  HTTP_BACKEND_REVPROXY_GLUE: 'lines',
  HTTP_BACKEND_NETWORK_ALLOWED_ACL: 'lines',
  TCP_BACKEND_NETWORK_ALLOWED_ACL: 'lines',
};

/** Returns why a label must not replace a template with `--label-policy safe`, with the line; undefined: it may. */
export function templateFault(name: TemplateName, text: string, definition: ServiceDefinition): string | undefined {
  const shape = SAFE_TEMPLATES[name];
  if (shape === undefined) return 'the template is outside of the backend of its service';
  // Tasks of two definitions can share a backend: the template of one is filled with the path of the other.
  if (name.includes('_HEALTHCHECK_') && !isPlainPath(checkPath(definition.healthCheck)))
    return 'it goes with a health check whose path has characters that lines of HAProxy give a meaning';
  const filled = shape === 'raw lines' ? text : fillLoosely(text, valuesOf(definition, text));
  return faultOf(shape, filled, definition.backend);
}

function faultOf(shape: Shape, text: string, backend: string): string | undefined {
  const lines = text.split('\n');
  if (shape === 'server words') {
    const [line = '', ...more] = text.trim().split('\n');
    if (more.length > 0) return 'it has more than one line, and stands within the line of a server';
    const fault = serverWordsFault(line);
    return fault && `${show(line)}: ${fault}`;
  }
  const isHead = ([line = '']: readonly string[]): boolean => /^\s*backend\s+(\S+)\s*$/.exec(line)?.[1] === backend;
  let from = 0;
  if (shape === 'lines after the head' && text.trim() !== '') {
    while (/^\s*(?:#.*)?$/.test(lines[from] as string) && from < lines.length - 1) from += 1;
    if (!isHead(lines.slice(from)))
      return `line ${from + 1}, ${show(lines[from] as string)}: must be "backend {backend}" and nothing else`;
    from += 1;
  }
  for (let at = from; at < lines.length; at += 1) {
    const fault = lineFault(lines[at] as string);
    if (fault !== undefined) return `line ${at + 1}, ${show(lines[at] as string)}: ${fault}`;
  }
  return undefined;
}

/** What follows can be a secret. */
function show(line: string): string {
  return JSON.stringify(line.trim().split(/\s+/).slice(0, 2).join(' ').slice(0, 60));
}

/** The values of a template that a team can set; those of the task stay as they are, and added words are checked by themselves. */
function valuesOf(definition: ServiceDefinition, text: string): Readonly<Record<string, string | number>> {
  if (!text.includes('{')) return NONE;
  const { backend, balance, mode, vhosts, hostname = 'None', proxypassPath = '', revproxyPath = '', healthCheck } = definition;
  return {
    backend,
    balance,
    mode,
    hostname,
    requestHost: vhosts.join(' '),
    hostPattern: vhosts.join('|'),
    proxypath: proxypassPath,
    proxypattern: proxypassPath,
    rootpath: revproxyPath,
    network_allowed: definition.networkAllowed ?? '',
    healthCheckProtocol: healthCheck?.protocol ?? 'HTTP',
    healthCheckPath: checkPath(healthCheck),
    healthCheckPortOptions: '',
    cookieOptions: '',
    healthCheckOptions: '',
    otherOptions: '',
  };
}

const NONE = {};
