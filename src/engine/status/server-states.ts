import type { ConfigDocument, Section } from '../../render/document.ts';

export interface ServerStates {
  readonly ready: number;
  /** Rendered as `disabled`: their sessions end, new ones go elsewhere. */
  readonly draining: number;
}

/** Counts the servers of a document by state; sections that did not change since the last time cost nothing. */
export function countServers(document: ConfigDocument | undefined): ServerStates {
  let ready = 0;
  let draining = 0;
  for (const section of document?.sections ?? []) {
    if (section.servers === undefined) continue;
    const own = countOf(section);
    ready += own.ready;
    draining += own.draining;
  }
  return { ready, draining };
}

const known = new WeakMap<Section, ServerStates>();

function countOf(section: Section): ServerStates {
  let states = known.get(section);
  if (states === undefined) {
    const { servers = [] } = section;
    const draining = servers.filter(({ isDraining }) => isDraining).length;
    states = { ready: servers.length - draining, draining };
    known.set(section, states);
  }
  return states;
}
