/** Where the endpoints of the running load balancer are, for other commands on the machine: `admin.json` in the state folder. */
import { z } from 'zod';
import type { AdminListen } from '../../config/places/admin-listen.ts';
import type { Logger } from '../../log/logger.ts';
import { createStateFile, type StateFile } from './state-file.ts';

/** Undefined if no load balancer left an address. */
export type AdminAddressFile = StateFile<AdminListen | undefined>;

export function createAdminAddressFile(folder: string, log: Logger): AdminAddressFile {
  return createStateFile<AdminListen | undefined>({
    folder,
    log,
    delay: 0,
    name: 'admin.json',
    none: () => undefined,
    parse: (text) => schema.parse(JSON.parse(text)).listen,
    print: (listen) => `${JSON.stringify({ format: 1, listen })}\n`,
    loss: 'marathon-lb status needs the option --admin-listen',
  });
}

const schema = z.object({
  format: z.literal(1),
  listen: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('tcp'), host: z.string(), port: z.int() }),
    z.object({ kind: z.literal('unix'), path: z.string() }),
  ]),
});
