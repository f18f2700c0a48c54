import { hash } from 'node:crypto';

/** Gives service ports to apps that have none by their source; one for each full pass. */
export interface PortAssigner {
  /** The port for a task port of an app; undefined: the range is used up. The same question gets the same answer. */
  assign(app: string, taskPort: number): number | undefined;
}

/**
 * A fresh assigner over the ports `min` to `max` (both included). Every load balancer that sees the same apps in the same
 * order assigns alike: `min + sha1("{app}-{taskPort}-{try}") mod size` for 50 tries, then the lowest free port.
 */
export function portAssigner(range: { readonly min: number; readonly max: number }): PortAssigner {
  const { min, max } = range;
  const assigned = new Map<string, number>();
  const taken = new Set<number>();

  const pick = (app: string, taskPort: number): number | undefined => {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const digits = hash('sha1', `${app}-${taskPort}-${attempt}`).slice(0, 8);
      const port = min + (Number.parseInt(digits, 16) % (max - min + 1));
      if (!taken.has(port)) return port;
    }
    for (let port = min; port <= max; port += 1) if (!taken.has(port)) return port;
    return undefined;
  };

  return {
    assign(app, taskPort) {
      const key = `${app}-${taskPort}`;
      const known = assigned.get(key);
      if (known !== undefined) return known;
      const port = pick(app, taskPort);
      if (port !== undefined) {
        assigned.set(key, port);
        taken.add(port);
      }
      return port;
    },
  };
}
