/** Which `bind` lines ask clients for certificates (configuration manual, section 5.1), and whether a list of certificates decides about that. */
import { readBind } from './bind.ts';

/** Words of which each changes who is asked, or what of a client's certificate is accepted. */
const ASKING: ReadonlySet<string> = new Set(['verify', 'ca-file', 'ca-verify-file', 'ca-ignore-err', 'crt-ignore-err']);

/** Those that count beside the options of an entry of the list; of the others the entry's own count. */
const BESIDE: ReadonlySet<string> = new Set(['ca-verify-file', 'ca-ignore-err', 'crt-ignore-err', 'crt']);

/** Returns whether words of a bind line ask clients for certificates. */
export function asksClients(words: readonly string[]): boolean {
  return words.some((word) => ASKING.has(word));
}

/** Returns whether no bind line of a text accepts certificates of clients that no entry of a list allows, if that has an entry for their host. */
export function leavesClientsToList(text: string, list: string): boolean {
  return text.split('\n').every((line) => {
    const params = readBind(line)?.params ?? [];
    if (!asksClients(params)) return true;
    const at = params.indexOf('crt-list');
    return params[at + 1] === list && params.lastIndexOf('crt-list') === at && !params.some((word) => BESIDE.has(word));
  });
}
