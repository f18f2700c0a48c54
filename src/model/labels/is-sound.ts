import { isSame } from '../../lib/deep-equal.ts';
import type { ServiceDefinition } from '../service.ts';
import { fieldRows, serviceRows } from './from-rows.ts';
import { type LabelType, parsers, printValue } from './values.ts';

/**
 * Returns whether each value of a saved definition still is what its label may be: an older version took values that can reach other
 * services, and a saved definition is served as it is.
 */
export function isSound(definition: ServiceDefinition): boolean {
  const { vhosts, hostname, typed = {} } = definition;
  const fields = definition as unknown as Readonly<Record<string, unknown>>;
  return (
    [vhosts.join(','), hostname].every((text) => text === undefined || text === '' || isSame(hostsIn(text), vhosts)) &&
    fieldRows.every(({ type, field, absent }) => isSame(fields[field], absent) || isValue(type, fields[field])) &&
    Object.entries(typed).every(([name, value]) => {
      const row = serviceRows.get(name);
      return row?.renders !== undefined && isValue(row.type, value);
    })
  );
}

function hostsIn(text: string): readonly string[] | undefined {
  if (hasControls(text)) return undefined;
  const parsed = parsers.hosts(text, NO_LIMITS);
  return 'value' in parsed ? parsed.value.vhosts : undefined;
}

/** Returns whether a label of this type can have the value: whether it is read back from its text as the same. */
function isValue(type: LabelType, value: unknown): boolean {
  if (!isPlain(value)) return false;
  const text = printValue(type, value);
  if (hasControls(text)) return false;
  const parsed = parsers[type](text, NO_LIMITS);
  return 'value' in parsed && isSame(parsed.value, value);
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
