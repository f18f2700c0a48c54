import type { PeerSettings } from '../config/settings.ts';
import { PEERS } from '../model/labels/rows/row.ts';
import type { Section } from './document.ts';

/**
 * Returns the section of the load balancers that share tables. `global` may come several times: the local name does not depend on whose
 * HEAD it is. Without TLS the lines are `peer`: if HAProxy is started with another name (-L), it warns and shares nothing, while it refuses `server`.
 */
export function peersSection({ local, all, certificate }: PeerSettings): Section {
  const lines =
    certificate === undefined ? all.map(({ name, address }) => `peer ${name} ${address}`) : tlsLines(local, all, certificate);
  const text = ['global', `  localpeer ${local}`, `peers ${PEERS}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
  return { kind: 'peers', name: PEERS, blocks: [{ text }] };
}

/** Each must have a certificate of the authority, whoever asks. */
function tlsLines(local: string, all: PeerSettings['all'], certificate: string): readonly string[] {
  const tls = `ssl crt ${certificate} ca-file ${certificate} verify required`;
  return [
    ...all.filter(({ name }) => name === local).map(({ address }) => `bind ${address} ${tls}`),
    `default-server ${tls}`,
    ...all.map(({ name, address }) => (name === local ? `server ${name}` : `server ${name} ${address}`)),
  ];
}
