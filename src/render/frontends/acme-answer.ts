import type { AcmeAnswer } from '../../config/settings.ts';

/**
 * Returns the lines with which HAProxy answers an ACME server that checks a host (HTTP-01). The answer is the token that was asked for and the
 * thumbprint of the account: no order has to be known, so that each HAProxy answers for an order of any load balancer. They come before all rules,
 * as a redirect or a password would keep the server out. Other hosts are left alone: their apps may order certificates themselves.
 */
export function acmeLines({ thumbprint, domains }: AcmeAnswer): string {
  const acls = domains.map((domain) => {
    const words = domain.startsWith('*') ? `-m end ${domain.slice(1)}` : `-m str ${domain}`;
    return `  acl ${ACL} req.hdr(host),field(1,:) -i ${words}\n`;
  });
  // The letters that a token has (RFC 8555, section 8.3): nothing that a page could be made of.
  const asked = String.raw`{ path_reg ^/[.]well-known/acme-challenge/[A-Za-z0-9_-]{1,128}$ }`;
  const answer = `"%[path,field(-1,/)].${thumbprint}"`;
  return `${acls.join('')}  http-request return status 200 content-type text/plain lf-string ${answer} if ${ACL} ${asked}\n`;
}

const ACL = 'marathon_lb_acme';
