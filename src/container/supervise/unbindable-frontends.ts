import { sectionsOf } from '../../haproxy-config/sections.ts';
import { unbindable } from '../../haproxy/check/bindable.ts';
import type { HaproxyProcess } from '../../haproxy/process/processes.ts';

export interface FrontendsRequest {
  /** The configuration that HAProxy is to start with. */
  readonly text: string;
  /** Names of frontends that stay even if their ports are in use: without them nothing can be served. */
  readonly needed: (name: string) => boolean;
  /** The HAProxy processes that run with the configuration. */
  readonly processes: readonly HaproxyProcess[];
}

export interface Bindable {
  readonly text: string;
  /** The frontends that are left out, and why. */
  readonly left: readonly string[];
}

/**
 * Returns a configuration without the frontends whose ports are in use by other programs: HAProxy does not start at all if it cannot bind one of them.
 */
export async function withoutUnbindable({ text, needed, processes }: FrontendsRequest): Promise<Bindable> {
  const alerts = await unbindable({ text, onDisk: text, processes });
  const left: string[] = [];
  const sections = sectionsOf(text);
  const kept = sections.filter(({ kind, name, line: first }, at) => {
    const next = sections[at + 1]?.line ?? Infinity;
    const alert = alerts.find(({ line }) => line !== undefined && line >= first && line < next);
    if (kind !== 'frontend' || alert === undefined || needed(name)) return true;
    left.push(`frontend ${name} ${alert.message}`);
    return false;
  });
  return { text: kept.map((section) => section.text).join(''), left };
}
