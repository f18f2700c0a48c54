import { isIPv4, isIPv6 } from '../../model/values/network/ip.ts';
import type { Values } from '../options/all-options.ts';
import type { PeerSettings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/** Reads `--peers`, `--peer-name` and `--peers-cert`. Returns undefined if there are no peers. Throws `UsageError`. */
export function readPeers(
  values: Pick<Values, 'peers' | 'peer-name' | 'peers-cert'>,
  hostname: string,
): PeerSettings | undefined {
  const items = (values.peers ?? '').split(',').flatMap((item) => item.trim() || []);
  const name = values['peer-name']?.trim() || undefined;
  const certificate = values['peers-cert']?.trim() || undefined;
  if (items.length === 0) {
    const lone = name === undefined ? (certificate === undefined ? undefined : '--peers-cert') : '--peer-name';
    if (lone !== undefined) throw new UsageError(`option ${lone} has a meaning only with --peers; give both`);
    return undefined;
  }
  const all = items.map(readPeer);
  for (const field of ['name', 'address'] as const) {
    const seen = new Set<string>();
    for (const peer of all) {
      if (seen.has(peer[field])) throw new UsageError(`option --peers has ${peer[field]} twice`);
      seen.add(peer[field]);
    }
  }
  if (all.length > MOST) throw new UsageError(`option --peers has ${all.length} load balancers, more than ${MOST}`);
  const local = name ?? hostname;
  if (!all.some((peer) => peer.name === local)) {
    const whose = name === undefined ? 'this machine' : '--peer-name';
    throw new UsageError(
      `option --peers has no ${local}, which is the name of ${whose}; give the name of this load balancer in the list with --peer-name`,
    );
  }
  if (certificate !== undefined && !/^\/[\w./+@:=-]+$/.test(certificate)) {
    throw new UsageError(`option --peers-cert: '${certificate}' is no absolute path of letters, digits and ./_+@:=-`);
  }
  return { local, all, ...(certificate !== undefined && { certificate }) };
}

/** An address and not a name: a HAProxy that cannot resolve the name of one of its peers does not start. */
function readPeer(item: string): PeerSettings['all'][number] {
  const [, name = '', host = '', port = ''] = /^([A-Za-z0-9][\w.-]{0,62})=(.+):([1-9]\d{0,4})$/.exec(item) ?? [];
  const isAddress = isIPv4(host) || (/^\[.*\]$/.test(host) && isIPv6(host.slice(1, -1)));
  if (!isAddress || Number(port) > 65_535) {
    throw new UsageError(
      `option --peers: '${item}' is not written as name=address:port, such as lb-1=10.0.0.1:1024 or lb-1=[fd00::1]:1024`,
    );
  }
  return { name, address: `${host}:${port}` };
}

const MOST = 32;
