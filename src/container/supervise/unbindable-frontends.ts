import { unbindable } from '../../haproxy/check/bindable.ts';
import type { HaproxyProcess } from '../../haproxy/process/processes.ts';

export interface FrontendsRequest {
  /** The configuration that HAProxy is to start with. */
  readonly text: string;
  /** Names of frontends that stay, whatever holds their ports: without them nothing can be served. */
  readonly needed: (name: string) => boolean;
  /** The HAProxy processes that run with the configuration. */
  readonly processes: readonly HaproxyProcess[];
}

export interface Bindable {
  readonly text: string;
  /** What is left out, and why. */
  readonly left: readonly string[];
}

/**
 * A configuration without the frontends whose ports other programs hold: HAProxy does not start at all where it cannot have one of them.
 */
export async function withoutUnbindable({ text, needed, processes }: FrontendsRequest): Promise<Bindable> {
  const alerts = await unbindable({ text, onDisk: text, processes });
  const left: string[] = [];
  let line = 1;
  const kept = text.split(/^(?=\w)/m).filter((section) => {
    const first = line;
    line += section.split('\n').length - 1;
    const name = /^frontend\s+(\S+)/.exec(section)?.[1];
    const alert = alerts.find((each) => each.line !== undefined && each.line >= first && each.line < line);
    if (name === undefined || alert === undefined || needed(name)) return true;
    left.push(`frontend ${name} ${alert.message}`);
    return false;
  });
  return { text: left.length === 0 ? text : kept.join(''), left };
}
