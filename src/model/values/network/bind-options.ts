/** Words of a bind line that belong to one service. */
import type { Parsed } from '../parsed.ts';

/** Reads BIND_OPTIONS: what follows the address on the bind line of the service's own frontend. */
export function parseBindOptions(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  if (!words.every((word) => WORD.test(word))) return { must: MUST };
  const foreign = words.find((word) => FOREIGN.has(word));
  if (words.some(isSpecialFile)) return { must: NO_DEVICE };
  return foreign === undefined ? { value: words.join(' ') } : { must: `must be without ${foreign}: ${FOREIGN.get(foreign)}` };
}

/** Reads SSL_CERT: the path of a file or folder, or several, each after `crt`. */
export function parseCertificates(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  const isGood = words.length % 2 === 1 && words.every((word, at) => (at % 2 === 1 ? word === 'crt' : FILE.test(word)));
  if (words.some(isSpecialFile)) return { must: NO_DEVICE };
  return isGood ? { value: words.join(' ') } : { must: 'must be the path of a certificate, of letters, digits and ._/@:=+~-' };
}

/**
 * Returns whether a word may be the path of something that is no file: HAProxy would read a device without an end, and wait at a pipe for a
 * writer, also when it only checks the configuration of all apps.
 */
function isSpecialFile(word: string): boolean {
  return word.split('/').includes('..') || SPECIAL.test(word);
}

const SPECIAL = /^[/.]*(?:dev|proc|sys|(?:var\/+(?:\.\/+)*)?run\/+(?:\.\/+)*(?:systemd|initctl|dmeventd[\w-]*))(?:\/|$)/;
const NO_DEVICE = 'must name files by their own path: without .. and not in /dev, /proc, /sys and /run/systemd';

/** No word begins with a comma: what follows one is another address to HAProxy. */
const WORD = /^[A-Za-z0-9._/@:=+!*-][A-Za-z0-9._/@:=+!,*-]{0,3999}$/;
const FILE = /^[A-Za-z0-9._/@][A-Za-z0-9._/@:=+~-]{0,4000}$/;

const MUST =
  'must be options of a bind line, such as ssl-min-ver TLSv1.2 alpn h2,http/1.1, without quotes, $, %, #, backslashes and words that begin with a comma';

/** Words that reach beyond the frontend of the service, and why. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['crt-list', 'HAProxy shows what is in a file that is no such list; name each certificate, crt PATH'],
  ['expose-fd', 'it hands over the sockets of all frontends'],
  ['level', 'it is for the sockets of the load balancer itself'],
  ['namespace', 'the network of the load balancer is the operator’s'],
]);
