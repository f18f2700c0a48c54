import type { TemplateDefaults } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** Reads the value of `--admin-auth`. Throws `UsageError`, whose message has no part of the value. */
export function readAdminAuth(text: string | undefined): TemplateDefaults['adminAuth'] {
  if (text === undefined) return undefined;
  // `$5$salt$hash`: stands in the configuration of HAProxy, so nothing but plain characters.
  const [, user, hash] = /^([\w.@-]+):(\$[\w.$/=,-]+\$[\w./]+)$/.exec(text) ?? [];
  if (user === undefined || hash === undefined) {
    throw new UsageError('option --admin-auth: not of the form user:hash; make the hash of a password with openssl passwd -6');
  }
  return { user, hash };
}
