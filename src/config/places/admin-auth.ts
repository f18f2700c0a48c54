import type { TemplateDefaults } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Reads the value of `--admin-auth`. Throws `UsageError`, whose message has no part of the value; also with a head of the operator's own,
 * which is taken as it is: who asks for protection is not to believe in one that is not there.
 */
export function readAdminAuth(text: string | undefined, isHeadOwn: boolean): TemplateDefaults['adminAuth'] {
  if (text === undefined) return undefined;
  if (isHeadOwn) {
    throw new UsageError(
      'option --admin-auth is for the default head, and HAPROXY_HEAD is your own: leave the option out, and write the `http-request auth` into that head',
    );
  }
  // `$5$salt$hash`: stands in the configuration of HAProxy, so nothing but plain characters.
  const [, user, hash] = /^([\w.@-]+):(\$[\w.$/=,-]+\$[\w./]+)$/.exec(text) ?? [];
  if (user === undefined || hash === undefined) {
    throw new UsageError('option --admin-auth: not of the form user:hash; make the hash of a password with openssl passwd -6');
  }
  return { user, hash };
}
