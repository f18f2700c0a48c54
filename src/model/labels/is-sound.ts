import { isSame } from '../../lib/deep-equal.ts';
import type { ServiceDefinition } from '../service.ts';
import { ANY_HOST } from '../values/network/host-patterns.ts';
import { parsePathsAs } from '../values/path-types.ts';
import { fieldRows, serviceRows, withRedirected } from './from-rows.ts';
import { hasLines, type LabelType, parsers, printValue } from './values.ts';

/**
 * Returns whether each value of a saved definition still is what its label may be: an older version took values that can reach other
 * services, and a saved definition is served as it is.
 */
export function isSound(definition: ServiceDefinition): boolean {
  const { vhosts, hostPatterns, hostname, typed = {} } = definition;
  const fields = definition as unknown as Readonly<Record<string, unknown>>;
  return (
    (vhosts.length === 0 || isSame(hostsIn(vhosts.join(',')), vhosts)) &&
    (hostname === undefined || hostname === '' || isSame(withRedirected(hostsIn(hostname) ?? [], typed), vhosts)) &&
    (hostPatterns === undefined || arePatterns(definition)) &&
    fieldRows.every(
      ({ type, field, absent }) =>
        isSame(fields[field], absent) || (field === 'path' ? arePaths(definition) : isValue(type, fields[field])),
    ) &&
    (definition.tlsPassthrough !== true || isPassed(definition)) &&
    Object.entries(typed).every(([name, value]) => {
      const row = serviceRows.get(name);
      return row?.renders !== undefined && isValue(row.type, value);
    })
  );
}

/** Returns whether a service that gets whole connections asks for nothing that is in them. */
function isPassed({ mode, path, match, auth }: ServiceDefinition): boolean {
  return mode === 'tcp' && path === undefined && match === undefined && auth === undefined;
}

function hostsIn(text: string): readonly string[] | undefined {
  if (hasControls(text)) return undefined;
  const parsed = parsers.hosts(text, NO_LIMITS);
  return 'value' in parsed ? parsed.value.vhosts : undefined;
}

/** Returns whether a label of this type can have the value: whether it is read back from its text as the same. */
function isValue(type: LabelType, value: unknown): boolean {
  const isRules = hasLines(type);
  if (isRules ? value === null || typeof value !== 'object' : !isPlain(value)) return false;
  const text = printValue(type, value);
  if (isRules ? /[\r\0]/.test(text) : hasControls(text)) return false;
  const parsed = parsers[type](text, NO_LIMITS);
  return 'value' in parsed && isSame(parsed.value, value);
}

/** Returns whether host patterns are what labels can give. */
function arePatterns({ hostPatterns = [], vhosts, path }: ServiceDefinition): boolean {
  if (isSame(hostPatterns, [ANY_HOST])) return vhosts.length === 0 && path !== undefined;
  const text = hostPatterns.join(',');
  const parsed = hasControls(text) ? { must: '' } : parsers.hosts(text, NO_LIMITS);
  return 'value' in parsed && isSame(parsed.value.hostPatterns, hostPatterns) && parsed.value.vhosts.length === 0;
}

/** Returns whether paths are read back as the same for their type. */
function arePaths({ path, pathType }: ServiceDefinition): boolean {
  if (typeof path !== 'string' || hasControls(path)) return false;
  const parsed = parsePathsAs(pathType, path);
  return 'value' in parsed && parsed.value === path;
}

/** Returns whether a value, or each of its parts, has a text: a saved file may hold anything. */
function isPlain(value: unknown): boolean {
  if (value !== null && typeof value === 'object') return Object.values(value).every((part) => typeof part === 'string');
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function hasControls(text: string): boolean {
  return /[\n\r\0]/.test(text);
}

const NO_LIMITS = { labelLength: Infinity, vhosts: Infinity };
