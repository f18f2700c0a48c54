import { parseNetworkList } from '../../model/values/rules/network-rules.ts';
import { UsageError } from '../usage-error.ts';

/** Reads an option with networks, separated by commas. Throws `UsageError`. */
export function readNetworks(option: string, text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const parsed = parseNetworkList(text);
  if ('must' in parsed) throw new UsageError(`option --${option}: '${text}' ${parsed.must}`);
  const networks = [...new Set(parsed.value.split(' '))];
  if (networks.length > MOST) throw new UsageError(`option --${option} has ${networks.length} networks, more than ${MOST}`);
  return networks;
}

/** Each frontend has all of them. */
const MOST = 1000;
