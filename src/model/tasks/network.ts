/** Finds the ports and addresses at which tasks are reached. */
import type { Lookup } from '../../lib/tracked-lookup.ts';
import type { Task, Workload } from '../workload.ts';

/** The ports of a task, in the order of the service ports; empty if it has none. */
export function taskPorts(app: Pick<Workload, 'network' | 'taskPorts'>, { ports }: Task): readonly number[] {
  return app.network !== 'container' && ports !== undefined && ports.length > 0 ? ports : app.taskPorts;
}

/** Host and address of a task; undefined: it has no address (yet), or its host name could not be resolved. */
export function taskAddress(
  { network }: Pick<Workload, 'network'>,
  task: Task,
  addresses: Lookup<string>,
): { readonly host: string; readonly ip: string } | undefined {
  const host = task.host;
  if (!host) return undefined;
  const ip = network === 'container' ? task.ip : isIpLiteral(host) ? host : addresses.get(host);
  return ip ? { host, ip } : undefined;
}

/** Returns whether a host is an address already, which need not be resolved. */
export function isIpLiteral(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
}
