import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { runtimeFolder, statsSocketFor } from '../../../src/config/places/runtime-folder.ts';
import { stateFolder } from '../../../src/config/places/state-folder.ts';
import { thisWorld } from '../../../src/config/machine.ts';

/** Throws where a program left something of this configuration in the places that all load balancers of the machine share. */
export function refuseTraces(config: string): void {
  const world = thisWorld({});
  const socket = statsSocketFor(config, runtimeFolder(world));
  const left = [stateFolder(config, world), socket, socket.replace(/\.sock$/, '.master.sock')].filter((path) => existsSync(path));
  if (left.length > 0)
    throw new Error(`left behind: ${left.join(', ')}; give --state-dir and --runtime-dir in ${dirname(config)}`);
}
