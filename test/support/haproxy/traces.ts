import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { runtimeFolder, statsSocketFor } from '../../../src/config/places/runtime-folder.ts';
import { stateFolder } from '../../../src/config/places/state-folder.ts';
import { thisMachine } from '../../../src/config/machine.ts';

/** Throws where a program left something of this configuration in the places that all load balancers of the machine share. */
export function refuseTraces(config: string): void {
  const machine = thisMachine({});
  const socket = statsSocketFor(config, runtimeFolder(machine));
  const left = [stateFolder(config, machine), socket, socket.replace(/\.sock$/, '.master.sock')].filter((path) =>
    existsSync(path),
  );
  if (left.length > 0)
    throw new Error(`left behind: ${left.join(', ')}; give --state-dir and --runtime-dir in ${dirname(config)}`);
}
