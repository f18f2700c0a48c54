import { type BindAddress, readBind } from '../../haproxy-config/bind.ts';
import { readWords } from '../../haproxy-config/words.ts';
import type { ConfigDocument, Section } from '../../render/document.ts';

/** A frontend that listens on a port. */
export interface Listener {
  /** Undefined: it stands in the head, such as the statistics page. */
  readonly section: Section | undefined;
  readonly name: string;
  readonly isTls: boolean;
}

/** Who listens on a TCP port, in the order of the document. */
export function listenersOn(document: ConfigDocument, port: number): Listener[] {
  return bindsOf(document).flatMap(({ addresses, ...listener }) => (addresses.some(isPort(port)) ? listener : []));
}

/** The frontend that listens on an address as it is written, such as `abns@shop_example_com`. */
export function frontendAt(document: ConfigDocument, address: string): Section | undefined {
  return bindsOf(document).find(({ addresses }) => addresses.some(({ shown }) => shown === address))?.section;
}

interface Bind extends Listener {
  readonly addresses: readonly BindAddress[];
}

function bindsOf(document: ConfigDocument): Bind[] {
  return document.sections
    .filter(({ kind }) => kind === 'frontend' || kind === 'head')
    .flatMap((section) => {
      let name = section.name;
      const binds: Bind[] = [];
      for (const line of section.blocks.flatMap(({ text }) => text.split('\n'))) {
        const bind = readBind(line);
        if (bind !== undefined) {
          const { addresses, params } = bind;
          binds.push({
            section: section.kind === 'frontend' ? section : undefined,
            name,
            isTls: params.includes('ssl'),
            addresses,
          });
        } else if (/^\s*(?:listen|frontend)\s/.test(line)) name = readWords(line)[1] ?? '';
      }
      return binds;
    });
}

function isPort(port: number): (address: BindAddress) => boolean {
  return (address) => address.kind === 'inet' && address.first <= port && port <= address.last;
}
