import type { ConfigDocument, Section } from '../render/document.ts';
import { wordsOf } from './rules.ts';

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
  return bindsOf(document).find(({ addresses }) => addresses.includes(address))?.section;
}

interface Bind extends Listener {
  readonly addresses: readonly string[];
}

function bindsOf(document: ConfigDocument): Bind[] {
  return document.sections
    .filter(({ kind }) => kind === 'frontend' || kind === 'head')
    .flatMap((section) => {
      let name = section.name;
      const binds: Bind[] = [];
      for (const line of section.blocks.flatMap(({ text }) => text.split('\n'))) {
        // Most lines are ACLs and rules: 10,000 apps have many.
        if (!/^\s*(?:bind|listen|frontend)\s/.test(line)) continue;
        const [directive, first = '', ...rest] = wordsOf(line);
        if (directive !== 'bind') name = first;
        else if (section.kind === 'frontend')
          binds.push({ section, name, isTls: rest.includes('ssl'), addresses: first.split(',') });
        else binds.push({ section: undefined, name, isTls: rest.includes('ssl'), addresses: first.split(',') });
      }
      return binds;
    });
}

function isPort(port: number): (address: string) => boolean {
  return (address) => !address.includes('@') && Number(/:(\d+)$/.exec(address)?.[1]) === port;
}
