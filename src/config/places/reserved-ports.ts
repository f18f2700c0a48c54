import { bindsServicePort } from '../../model/conflicts/own-binds.ts';
import type { ModelSettings, RenderSettings } from '../settings.ts';

type Frontends = NonNullable<ModelSettings['frontends']>;

/** The ports that the document binds besides services, for the default templates: binds in an operator's own templates are not known. */
export function frontendsOf(render: RenderSettings): Frontends {
  const { defaults, templates, bindHttpHttps, groupHttpsByVhost, peers } = render;
  const { bindAddress: address, httpPort, httpsPort, appidPort, statsPort } = defaults;
  const https = groupHttpsByVhost ? 'HTTPS_GROUPED_FRONTEND_HEAD' : 'HTTPS_FRONTEND_HEAD';
  const rows = [
    { template: 'HTTP_FRONTEND_HEAD', port: httpPort, option: '--http-port', isBound: bindHttpHttps },
    { template: https, port: httpsPort, option: '--https-port', isBound: bindHttpHttps },
    { template: 'HTTP_FRONTEND_APPID_HEAD', port: appidPort, option: '--appid-port', isBound: true },
    { template: 'HEAD', port: statsPort, option: '--stats-port', isBound: true },
  ];
  const reserved = rows
    .filter(({ template, isBound }) => isBound && templates[template] === undefined)
    .map(({ port, option }) => ({ address, port, option }));
  // The program's own endpoints: HAProxy could not bind what is bound already, and the reload would fail for all.
  const [, host, port] = /^(.*):(\d+)$/.exec(defaults.adminAddress ?? '') ?? [];
  if (host !== undefined && !host.startsWith('unix@'))
    reserved.push({ address: host, port: Number(port), option: '--admin-listen' });
  const local = peers?.all.find(({ name }) => name === peers.local);
  const [, peerHost = '', peerPort = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(local?.address ?? '') ?? [];
  if (peerPort !== '') reserved.push({ address: peerHost, port: Number(peerPort), option: '--peers' });
  const own = templates['FRONTEND_HEAD'];
  return { reserved, own: own === undefined || bindsServicePort(own) };
}
