import type { ConfigDocument } from '../../render/document.ts';
import { type FileState, RUNTIME_FILES } from '../runtime/file-kinds.ts';
import { pathBeside } from '../files/config-files.ts';
import { backendsIn, type FrontendState, frontendsIn, type ServerState, serversIn } from '../runtime/replies.ts';

/** What the running HAProxy has. */
export interface RunningState {
  readonly backends: readonly string[];
  readonly servers: readonly ServerState[];
  readonly frontends: readonly FrontendState[];
  /** By name: whether HAProxy has the document's content of the file. */
  readonly files: ReadonlyMap<string, FileState>;
}

/** Asks HAProxy for all that can be compared with a document. `config`: its files lie beside it. */
export async function readRunningState(
  doc: ConfigDocument,
  config: string,
  say: (commands: readonly string[]) => Promise<string>,
): Promise<RunningState> {
  const backends = backendsIn(await say(['show backend']));
  const servers = serversIn(await say(['show servers state']));
  const frontends = frontendsIn(await say(['show stat -1 1 -1']));
  const files = new Map<string, FileState>();
  for (const file of doc.files)
    files.set(file.name, await RUNTIME_FILES[file.kind].compare(file, pathBeside(config, file.name), say));
  return { backends, servers, frontends, files };
}
