import { isHostAndPort } from '../../model/values/auth/forward-auth.ts';
import { UsageError } from '../usage-error.ts';

/** Reads `--auth-hosts`: each host with its port; one without a port stands for those of http and https. Throws `UsageError`. */
export function readAuthHosts(text: string | undefined): readonly string[] | undefined {
  const items = (text ?? '').split(',').flatMap((item) => item.trim().toLowerCase() || []);
  if (items.length === 0) return undefined;
  if (items.length > MOST) throw new UsageError(`option --auth-hosts has ${items.length} hosts, more than ${MOST}`);
  return items.flatMap((item) => {
    const [, host = '', port] = /^([^:]+)(?::(\d{1,5}))?$/.exec(item) ?? [];
    const ports = port === undefined ? ['80', '443'] : [port];
    if (!ports.every((each) => isHostAndPort(host, each))) {
      throw new UsageError(`option --auth-hosts: '${item}' is neither a host name or IPv4 address nor one with a port`);
    }
    return ports.map((each) => `${host}:${each}`);
  });
}

/** HAProxy reads lines of 2,048 characters. */
const MOST = 25;
