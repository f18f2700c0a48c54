import { featuresOf } from '../../../src/config/versions/version.ts';
import type { RenderSettings } from '../../../src/config/settings.ts';

/** What is rendered without any option of the command line. */
export const plainRender: RenderSettings = {
  haproxy: featuresOf(undefined),
  translate: true,
  haproxyMap: false,
  bindHttpHttps: true,
  groupHttpsByVhost: false,
  authScope: 'hosts',
  sslCerts: ['/etc/ssl/cert.pem'],
  haproxyDir: '/etc/haproxy',
  cacheMemory: 64,
  templates: {},
  defaults: {
    bindAddress: '*',
    httpPort: 80,
    httpsPort: 443,
    appidPort: 9091,
    statsPort: 9090,
    statsSocket: '/run/haproxy.sock',
    maxconn: 100,
    globalDefaultOptions: [],
  },
};
