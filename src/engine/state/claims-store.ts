/** Keeps the holders of ports, hosts and names over restarts: `claims.json` in the state folder. */
import { z } from 'zod';
import type { Logger } from '../../log/logger.ts';
import { type Holders, NO_HOLDERS } from '../../model/conflicts/holders.ts';
import { createStateFile, type StateFile } from './state-file.ts';

export type ClaimsStore = StateFile<Holders>;

export interface ClaimsStoreOptions {
  /** State folder; made if it is missing. */
  readonly folder: string;
  readonly log: Logger;
  /** Milliseconds that pass before it is written. */
  readonly delay?: number;
}

export function createClaimsStore({ folder, log, delay = 2000 }: ClaimsStoreOptions): ClaimsStore {
  return createStateFile<Holders>({
    folder,
    log,
    delay,
    name: 'claims.json',
    none: () => NO_HOLDERS,
    parse: (text) => new Map(Object.entries(schema.parse(JSON.parse(text)).claims)),
    print: textOf,
    loss: 'after a restart, of two apps that claim the same the one whose definition is older gets it',
  });
}

/** Far above what a load balancer can serve: the file stays readable whatever labels claim. */
const MOST = 500_000;

const schema = z.object({
  format: z.literal(1),
  claims: z.record(z.string(), z.array(z.string()).min(1)).refine((claims) => Object.keys(claims).length <= MOST),
});

/** Returns one line a claim, sorted: the same claims are the same text. */
function textOf(holders: Holders): string {
  const lines = [...holders]
    .slice(0, MOST)
    .map(([claim, apps]) => `${JSON.stringify(claim)}:${JSON.stringify(apps.toSorted())}`)
    .sort();
  return `{"format":1,"claims":{\n${lines.join(',\n')}\n}}\n`;
}
