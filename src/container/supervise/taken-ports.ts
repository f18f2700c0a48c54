import { foreignListeners } from '../../haproxy/check/bindable.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { ContainerError } from '../error.ts';

/**
 * Refuses to start HAProxy beside another program on its ports. A second HAProxy would share them without an error, and each would get a
 * part of the requests. `withoutServices`: the configuration of the shared ports; `config`: its file. Throws `ContainerError`.
 */
export async function refuseTakenPorts(withoutServices: string, config: string): Promise<void> {
  const [first] = await foreignListeners(withoutServices, await findProcesses(config));
  if (first === undefined) return;
  const { bind, holder } = first;
  const who = holder === undefined ? 'another program' : `${holder.name} (process ${holder.pid})`;
  throw new ContainerError(
    `${bind.shown} is taken by ${who}: stop it, or give this load balancer other ports (--http-port, --https-port, --appid-port, --stats-port) or an address of its own (--bind-address).`,
  );
}
