import { describe, expect, it } from 'vitest';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import { featuresOf, parseHaproxyVersion } from '../../config/versions/version.ts';
import type { RenderSettings } from '../../config/settings.ts';
import { routingWarnings } from './https-routing.ts';
import { createLibrary } from '../templates/library.ts';

const HEAD = 'frontend marathon_https_in\n  bind *:443 ssl {sslCerts}\n  mode http\n';
const BY_SNI = '  use_backend {backend} if {{ ssl_fc_sni {hostname} }}\n';

function warnings(
  version: string,
  routing: 'sni' | 'host',
  templates: Record<string, string>,
  change: Partial<RenderSettings> = {},
) {
  const defaults = { ...plainRender.defaults, httpsRouting: routing };
  const settings = { ...plainRender, templates, defaults, haproxy: featuresOf(parseHaproxyVersion(version)), ...change };
  return routingWarnings(settings, createLibrary(settings));
}

describe('routingWarnings', () => {
  it.each([
    ['the default templates, by SNI', '3.2', 'sni', {}, []],
    ['the default templates, by host', '3.2', 'host', {}, []],
    [
      'a HEAD of its own without alpn',
      '3.2',
      'sni',
      { HTTPS_FRONTEND_HEAD: HEAD },
      [/HTTPS_FRONTEND_HEAD offers HTTP\/2.*write "alpn http\/1.1"/],
    ],
    ['the same on a HAProxy that offers HTTP/1.1 by itself', '2.6', 'sni', { HTTPS_FRONTEND_HEAD: HEAD }, []],
    ['a rule by SNI beside HTTP/2', '2.6', 'host', { HTTPS_FRONTEND_ACL: BY_SNI }, [/HTTPS_FRONTEND_ACL chooses by SNI/]],
  ] as const)('%s', (_, version, routing, templates, expected) => {
    const found = warnings(version, routing, templates);
    expect(found).toEqual(expected.map((text) => expect.stringMatching(text)));
  });

  it('needs no warning if each vhost has a frontend of its own', () => {
    expect(warnings('3.2', 'sni', { HTTPS_FRONTEND_HEAD: HEAD }, { groupHttpsByVhost: true })).toEqual([]);
  });
});
