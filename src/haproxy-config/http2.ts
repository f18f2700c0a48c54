/** Reads the protocols that a frontend offers over TLS, and the samples that its rules use, as HAProxy does. */
import type { HaproxyFeatures } from '../config/versions/version.ts';
import { readBind } from './bind.ts';

/**
 * Returns whether a TLS `bind` line of a frontend in mode http offers HTTP/2: by its last `alpn`, else by what HAProxy does (configuration
 * manual, section 5.1, "alpn": since 2.8 the default is `h2,http/1.1`).
 */
export function offersHttp2(frontend: string, haproxy: HaproxyFeatures): boolean {
  return frontend.split('\n').some((line) => {
    const params = readBind(line)?.params;
    if (!params?.includes('ssl')) return false;
    const at = params.lastIndexOf('alpn');
    return at === -1 ? haproxy.offersHttp2 && !params.includes('no-alpn') : (params[at + 1]?.split(',').includes('h2') ?? false);
  });
}

/** Returns whether a rule chooses by the name in the TLS hello. */
export function routesBySni(text: string): boolean {
  return /\bssl_fc_sni\b/.test(text);
}
