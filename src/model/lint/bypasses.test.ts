import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ModelSettings } from '../../config/settings.ts';
import { findBypasses } from './bypasses.ts';

const settings: ModelSettings = { groups: ['external'], strictMode: false, healthCheck: false };
const auth = { realm: 'r', user: 'u', password: '$5$x$y' };

describe('findBypasses', () => {
  it.each([
    ['AUTH on hosts', {}, true, {}, ['without a password service 0 is reached at its service port 10001 and by its app id']],
    ['AUTH without the app-id route', {}, false, {}, ['is reached at its service port 10001']],
    ['AUTH and no frontend of its own', { templates: { FRONTEND_HEAD: '' } }, false, {}, []],
    ['AUTH everywhere', {}, true, { authScope: 'all' }, []],
    ['no AUTH', { auth: undefined }, true, {}, []],
  ] as const)('%s', (_, change, hasAppId, more, expected) => {
    const found = findBypasses(service(1, {}, { auth, ...change }), hasAppId, { ...settings, ...more });
    expect(found).toEqual(
      expected.map((text) => expect.objectContaining({ code: 'auth-open', detail: expect.stringContaining(text) })),
    );
  });

  it('names a template label that chooses by SNI on a frontend with HTTP/2', () => {
    const own = service(1, { HTTPS_FRONTEND_ACL: '  use_backend x if { ssl_fc_sni a.test }\n', HTTP_FRONTEND_ACL: '' });
    expect(findBypasses(own, true, settings)).toEqual([]);
    expect(findBypasses(own, true, { ...settings, offersHttp2: true })).toMatchObject([
      { code: 'https-by-sni', label: 'HAPROXY_0_HTTPS_FRONTEND_ACL' },
    ]);
  });
});
