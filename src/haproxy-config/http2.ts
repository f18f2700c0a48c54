/** How HAProxy reads what a frontend offers over TLS, and what its rules look at. */
import type { HaproxyFeatures } from '../config/versions/version.ts';

/**
 * Returns whether a TLS `bind` line of a frontend in mode http offers HTTP/2: by its last `alpn`, else by what HAProxy does (configuration
 * manual, section 5.1, "alpn": since 2.8 the default is `h2,http/1.1`).
 */
export function offersHttp2(frontend: string, haproxy: HaproxyFeatures): boolean {
  return [...frontend.matchAll(/^[ \t]*bind[ \t]+(.*)$/gm)].some(([, words = '']) => {
    if (!/(?:^|\s)ssl(?:\s|$)/.test(words)) return false;
    const protocols = [...words.matchAll(/(?:^|\s)alpn\s+(\S+)/g)].at(-1)?.[1];
    if (protocols !== undefined) return protocols.split(',').includes('h2');
    return haproxy.offersHttp2 && !/(?:^|\s)no-alpn(?:\s|$)/.test(words);
  });
}

/** Returns whether a rule chooses by the name in the TLS hello. */
export function routesBySni(text: string): boolean {
  return /\bssl_fc_sni\b/.test(text);
}
