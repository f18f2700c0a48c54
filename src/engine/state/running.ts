/** Keeps the settings of the running load balancer for other commands on the machine: `running.json` in the state folder. */
import { z } from 'zod';
import type { AdminListen } from '../../config/places/admin-listen.ts';
import type { Logger } from '../../log/logger.ts';
import { createStateFile, type StateFile } from './state-file.ts';

export interface Running {
  readonly pid: number;
  /** Where its own endpoints are; left out: it has none. */
  readonly listen?: AdminListen | undefined;
  /** Absolute path of HAProxy's configuration, which may be elsewhere than the options say: in the state folder of a read-only container. */
  readonly config: string;
  /** Certificates of the shared HTTPS frontend; some are made at the start. */
  readonly sslCerts: readonly string[];
}

/** Undefined if no load balancer left anything. */
export type RunningFile = StateFile<Running | undefined>;

export function createRunningFile(folder: string, log: Logger): RunningFile {
  return createStateFile<Running | undefined>({
    folder,
    log,
    delay: 0,
    name: 'running.json',
    none: () => undefined,
    parse: (text) => schema.parse(JSON.parse(text)),
    print: (running) => `${JSON.stringify({ format: 1, ...running })}\n`,
    loss: 'marathon-lb status needs the option --admin-listen',
  });
}

const path = z.string().regex(/^\/\P{Cc}+$/u);

const schema = z.object({
  format: z.literal(1),
  pid: z.int().min(1),
  // Only what can be connected to: Node throws at anything else.
  listen: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('tcp'), host: z.string().regex(/^[\w.:*-]+$/), port: z.int().min(1).max(65_535) }),
      z.object({ kind: z.literal('unix'), path }),
    ])
    .optional(),
  config: path,
  sslCerts: z.array(z.string()),
});
