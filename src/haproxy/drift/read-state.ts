import type { ConfigDocument } from '../../render/document.ts';
import { readCertificates, type RunningCertificates } from '../runtime/certificates.ts';
import { type FileState, runtimeOf } from '../runtime/file-kinds.ts';
import { pathBeside } from '../files/config-files.ts';
import { backendsIn, type FrontendState, frontendsIn, type ServerState, serversIn } from '../runtime/replies.ts';

/** The state of the running HAProxy. */
export interface RunningState {
  readonly backends: readonly string[];
  readonly servers: readonly ServerState[];
  readonly frontends: readonly FrontendState[];
  /** By name: whether HAProxy has the document's content of the file. */
  readonly files: ReadonlyMap<string, FileState>;
  /** Undefined: none are known that it should have. */
  readonly certificates?: RunningCertificates | undefined;
}

/** Asks HAProxy for all that can be compared with a document. `config`: its files lie beside it. */
export async function readRunningState(
  doc: ConfigDocument,
  config: string,
  send: (commands: readonly string[]) => Promise<string>,
): Promise<RunningState> {
  const backends = backendsIn(await send(['show backend']));
  const servers = serversIn(await send(['show servers state']));
  const frontends = frontendsIn(await send(['show stat -1 1 -1']));
  const files = new Map<string, FileState>();
  for (const file of doc.files) files.set(file.name, await runtimeOf(file).compare(file, pathBeside(config, file.name), send));
  const paths = (doc.certificates ?? []).map(({ path }) => path);
  const certificates = paths.length > 0 ? await readCertificates(paths, send) : undefined;
  return { backends, servers, frontends, files, certificates };
}
