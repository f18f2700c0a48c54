/** Whether a definition that was written down could have come from labels of now. */
import { parsers } from './values.ts';
import type { LabelType } from './table.ts';
import type { ServiceDefinition } from '../service.ts';

/**
 * Returns whether each value of a saved definition still is what its label may be: an older version took values that can reach other
 * services, and a saved definition is served as it is.
 */
export function isSound(definition: ServiceDefinition): boolean {
  const limits = { labelLength: Infinity, vhosts: Infinity };
  return FIELDS.every(([type, textOf]) => {
    const text = textOf(definition);
    if (text === undefined || text === '') return true;
    const parsed = parsers[type](text, limits);
    return !/[\n\r\0]/.test(text) && 'value' in parsed && (type !== 'hosts' || isSameHosts(parsed.value, definition));
  });
}

const FIELDS: readonly (readonly [LabelType, (definition: ServiceDefinition) => string | undefined])[] = [
  ['hosts', ({ vhosts }) => vhosts.join(',')],
  ['hosts', ({ hostname, vhosts }) => (hostname === undefined ? vhosts.join(',') : hostname)],
  ['paths', ({ path }) => path],
  ['auth', ({ auth }) => auth && `${auth.realm}:${auth.user}:${auth.password}`],
  ['addresses', ({ bindAddr }) => bindAddr],
  ['bind options', ({ bindOptions }) => bindOptions],
  ['file', ({ sslCert }) => sslCert],
  ['algorithm', ({ balance }) => balance],
  ['networks', ({ networkAllowed }) => networkAllowed],
  ['cut path', ({ proxypassPath }) => proxypassPath],
  ['root path', ({ revproxyPath }) => revproxyPath],
  ['target', ({ redirPath }) => redirPath],
];

function isSameHosts(read: unknown, { vhosts }: ServiceDefinition): boolean {
  const found = (read as { readonly vhosts: readonly string[] }).vhosts;
  return found.length === vhosts.length && found.every((host, at) => host === vhosts[at]);
}
