import type { RequestMatch } from '../../model/values/rules/request-matches.ts';

/** Returns the test of a rule about requests, at most seven words. */
export function requestTest({ kind, name, value }: RequestMatch): string {
  switch (kind) {
    case 'method':
      return `{ method ${name.replaceAll(',', ' ')} }`;
    case 'query':
      // `url_param` does not find a parameter without a value.
      return value === '' ? `{ query -m reg ${parameterPattern(name)} }` : `{ url_param(${name}) -m str -- ${value} }`;
    case 'header':
    case 'cookie': {
      const sample = `${kind === 'header' ? 'req.hdr' : 'req.cook'}(${name})`;
      return value === '' ? `{ ${sample} -m found }` : `{ ${sample} -m str -- ${value} }`;
    }
    default:
      return kind satisfies never;
  }
}

/** Returns the regular expression for queries that have a parameter. */
function parameterPattern(name: string): string {
  return `(^|&)${name}(=|&|$)`;
}

/** Returns the parameter that such a regular expression is about. Returns undefined if it is another one. */
export function parameterIn(pattern: string): string | undefined {
  return /^\(\^\|&\)([\w-]+)\(=\|&\|\$\)$/.exec(pattern)?.[1];
}
