import type { Service } from '../../model/service.ts';
import { missingFor } from '../../model/labels/template-use.ts';
import { kindOfHash } from '../../model/values/password-hash.ts';
import { isTemplateName, templates as rows } from '../../render/templates/defaults.ts';

type Traits = Pick<
  Service,
  | 'auth'
  | 'sticky'
  | 'hsts'
  | 'networkAllowed'
  | 'proxypassPath'
  | 'revproxyPath'
  | 'redirPath'
  | 'templates'
  | 'healthCheck'
  | 'mode'
  | 'balance'
>;

/** What is done with the requests for a service, one phrase each. No passwords. */
export function traitsOf(service: Traits): string[] {
  const { auth, sticky, hsts, networkAllowed, proxypassPath, revproxyPath, redirPath, templates, mode, balance } = service;
  const own = Object.keys(templates).filter(
    (name) => isTemplateName(name) && rows[name].overridable && missingFor(name, service) === undefined,
  );
  return [
    `mode ${mode}, balance ${balance}`,
    auth && `user ${auth.user} logs in (realm ${auth.realm}) on the shared frontends${withoutHash(auth.password)}`,
    sticky && mode === 'http' && 'a cookie keeps a client at its server',
    hsts && mode === 'http' && 'answers over TLS ask browsers to stay with it (HSTS)',
    networkAllowed && `only for clients in ${networkAllowed}, others are refused`,
    proxypassPath && `${proxypassPath} is cut off the path`,
    revproxyPath && `${revproxyPath} is put before the path of redirects`,
    redirPath && `/ redirects to ${redirPath}`,
    own.length > 0 && `own templates by labels: ${own.join(', ')}`,
  ].filter((trait) => typeof trait === 'string' && trait !== '') as string[];
}

function withoutHash(password: string): string {
  return kindOfHash(password) === 'hash' ? '' : ', but no password is right: the one of the label AUTH is not a hash';
}
