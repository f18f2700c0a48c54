import type { Parsed } from './parsed.ts';

/** Reads BALANCE: an algorithm of HAProxy (configuration manual, "balance") with its arguments. */
export function parseBalance(text: string): Parsed<string> {
  const words = text
    .split(/[ \t]+/)
    .filter(Boolean)
    .join(' ');
  const known = ALGORITHMS.some((algorithm) => algorithm.test(words));
  return known
    ? { value: words }
    : { must: 'must be a balancing algorithm of HAProxy, such as roundrobin, leastconn, source or uri' };
}

const ALGORITHMS: readonly RegExp[] = [
  /^(?:roundrobin|static-rr|leastconn|first|source)$/,
  /^random(?:\(\d{1,4}\))?$/,
  /^uri(?: (?:whole|path-only|(?:len|depth) \d{1,6})){0,4}$/,
  /^url_param [\w.~-]{1,100}(?: check_post(?: \d{1,9})?)?$/,
  /^hdr\([\w-]{1,100}\)(?: use_domain_only)?$/,
  /^rdp-cookie(?:\([\w-]{1,100}\))?$/,
  // Without converters: among them are some that read files.
  /^hash (?:src|path|pathq|url|base|(?:req\.)?(?:hdr|cook)\([\w-]{1,100}\)|url_param\([\w.~-]{1,100}\))$/,
];
