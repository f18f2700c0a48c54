import type { Parsed } from '../parsed.ts';

/**
 * Reads BALANCE: an algorithm of HAProxy with its arguments. Which algorithms there are differs between versions, so HAProxy itself refuses
 * unknown ones; here it is only about words that would be more than that. Some fetches and converters read files or variables.
 */
export function parseBalance(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  const isGood = words.length <= 20 && words.every((word) => WORD.test(word) && !FOREIGN.test(word));
  return isGood
    ? { value: words.join(' ') }
    : { must: 'must be a balancing algorithm of HAProxy, such as roundrobin, leastconn, source or uri' };
}

const WORD = /^[A-Za-z0-9_.,()-]{1,200}$/;
const FOREIGN = /map|env|lua|var|file/i;
