import type { ConfigDocument, MapFile } from '../../render/document.ts';
import { showMap } from './commands.ts';
import { mapPath } from '../files/config-files.ts';
import { backendsIn, entriesIn, type FrontendState, frontendsIn, refusalIn, type ServerState, serversIn } from './replies.ts';

/** What the running HAProxy really has. */
export interface Actual {
  readonly backends: readonly string[];
  readonly servers: readonly ServerState[];
  readonly frontends: readonly FrontendState[];
  /** By file name; undefined: HAProxy has no such map. */
  readonly maps: ReadonlyMap<string, MapFile['entries'] | undefined>;
}

/** Asks HAProxy for all that can be compared with a document. `config`: maps lie beside it. */
export async function readActual(
  doc: ConfigDocument,
  config: string,
  say: (commands: readonly string[]) => Promise<string>,
): Promise<Actual> {
  const backends = backendsIn(await say(['show backend']));
  const servers = serversIn(await say(['show servers state']));
  const frontends = frontendsIn(await say(['show stat -1 1 -1']));
  const maps = new Map<string, MapFile['entries'] | undefined>();
  for (const { name } of doc.maps) {
    const answer = await say([showMap(mapPath(config, name))]);
    maps.set(name, refusalIn(answer) === undefined ? entriesIn(answer) : undefined);
  }
  return { backends, servers, frontends, maps };
}
