/** Whether HAProxy reads a list of certificates, and where those in it come from. */
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { Values } from '../options/all-options.ts';
import type { RenderSettings, RunSettings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';
import { readCertStore } from './cert-store.ts';

/** Returns what options say of the list. Throws `UsageError` if HAProxy would not read it, or they need one that there is not. */
export function listSettings(
  values: Values,
  templates: RenderSettings['templates'],
): Pick<RenderSettings, 'listsCertificates' | 'staplesOcsp'> {
  const option = storeOption(values);
  if (option === undefined) {
    if (values['ocsp-stapling']) throw new UsageError('option --ocsp-stapling needs --cert-store or --acme-domains');
    return {};
  }
  if (values['dont-bind-http-https']) throw new UsageError(`option --${option} has no effect with --dont-bind-http-https`);
  const name = values['group-https-by-vhost'] ? 'HTTPS_GROUPED_VHOST_FRONTEND_HEAD' : 'HTTPS_FRONTEND_HEAD';
  if (templates[name]?.includes('{sslCerts}') === false) {
    throw new UsageError(
      `option --${option} needs the placeholder {sslCerts} on the bind line of the template HAPROXY_${name}: it stands for the list of certificates`,
    );
  }
  return { listsCertificates: true, ...(values['ocsp-stapling'] && { staplesOcsp: true }) };
}

/** Returns the option by which there is a store of certificates. */
function storeOption(values: Values): 'cert-store' | 'acme-domains' | undefined {
  if (values['cert-store'] !== undefined) return 'cert-store';
  return values['acme-domains'] === undefined ? undefined : 'acme-domains';
}

/** Returns the store. Throws `UsageError`. One load balancer alone keeps the certificates that it orders in its state folder. */
export function certStore(values: Values, stateDir: string, machine: Machine): RunSettings['certStore'] {
  const own = values['acme-domains'] === undefined ? undefined : `dir:${join(stateDir, 'acme')}`;
  return readCertStore({ text: values['cert-store'] ?? own, keyFile: values['cert-store-key'], stateDir }, machine);
}
