import { type BindAddress, readBind } from '../../haproxy-config/bind.ts';
import { sectionsOf } from '../../haproxy-config/sections.ts';
import type { ConfigDocument, Section } from '../../render/document.ts';

/** A frontend that listens on a port. */
export interface Listener {
  /** Undefined: it stands in the head, such as the statistics page. */
  readonly section: Section | undefined;
  readonly name: string;
  readonly isTls: boolean;
}

/** Returns the listeners on a TCP port, in the order of the document. */
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
      const own = section.kind === 'frontend' ? section : undefined;
      const text = section.blocks.map((block) => block.text).join('');
      return sectionsOf(text).flatMap((part) =>
        part.text.split('\n').flatMap((line) => {
          const bind = readBind(line);
          if (bind === undefined) return [];
          return { section: own, name: part.name, isTls: bind.params.includes('ssl'), addresses: bind.addresses };
        }),
      );
    });
}

function isPort(port: number): (address: BindAddress) => boolean {
  return (address) => address.kind === 'inet' && address.first <= port && port <= address.last;
}
