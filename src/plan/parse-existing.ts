import { readServer } from '../haproxy-config/server-line.ts';
import { type ConfigDocument, printSection, type Section, ServerLine } from '../render/document.ts';
import { type DocumentFile, kindOf } from '../render/files/kinds.ts';

/** The text of the files that HAProxy reads at its next start. */
export interface FilesOnDisk {
  /** Undefined if there is none. */
  readonly config: string | undefined;
  /** The existing files that the configuration refers to, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads the files on disk as a document, if they differ from the next one in servers and the content of files only: that is what changes
 * while the program is away. Returns undefined if they differ in more, or have opaque servers.
 */
export function documentOnDisk(onDisk: FilesOnDisk, next: ConfigDocument): ConfigDocument | undefined {
  const { config } = onDisk;
  const files = filesOnDisk(onDisk, next);
  if (!config?.endsWith('\n') || files === undefined) return undefined;
  const sections: Section[] = [];
  let at = 0;
  for (const section of next.sections) {
    if (at > 0 && !config.startsWith('\n', at++)) return undefined;
    const found = sectionAt(config, at, section);
    if (found === undefined) return undefined;
    sections.push(found.section);
    at = found.end;
  }
  return at === config.length ? { sections, files, certificates: certificatesOf(files, next) } : undefined;
}

/** Returns those of the next document that HAProxy had to read for its list; that it has the same content is found by asking it. */
function certificatesOf(files: readonly DocumentFile[], { certificates }: ConfigDocument): ConfigDocument['certificates'] {
  const list = files.find((file) => file.kind === 'crt-list');
  if (list === undefined) return certificates;
  const paths = new Set(list.entries.map(({ path }) => path));
  return certificates?.filter(({ path }) => paths.has(path));
}

interface Found {
  readonly section: Section;
  /** The start of the next one, without the empty line between them. */
  readonly end: number;
}

function sectionAt(config: string, start: number, section: Section): Found | undefined {
  const whole = printSection(section);
  const after = start + whole.length;
  if (config.startsWith(whole, start) && (after === config.length || config[after] === '\n')) return { section, end: after };
  const own = section.blocks.map(({ text }) => text).join('');
  if (section.servers === undefined || !config.startsWith(own, start)) return undefined;
  const at = start + own.length;
  const empty = config.indexOf('\n\n', at - 1);
  const end = empty === -1 ? config.length : empty + 1;
  const servers = serversIn(config.slice(at, end));
  return servers === undefined ? undefined : { section: { ...section, servers }, end };
}

function serversIn(text: string): readonly ServerLine[] | undefined {
  const servers: ServerLine[] = [];
  for (const [line] of text.matchAll(/.*\n/g)) {
    const server = readServer(line);
    if (server.kind === 'opaque') return undefined;
    servers.push(new ServerLine({ name: server.name, taskId: '', text: line }));
  }
  return servers;
}

function filesOnDisk(onDisk: FilesOnDisk, next: ConfigDocument): readonly DocumentFile[] | undefined {
  const files: DocumentFile[] = [];
  for (const [name, text] of onDisk.files) {
    const wanted = next.files.find((file) => file.name === name);
    const file = wanted && kindOf(wanted).read(name, text);
    if (file !== undefined) files.push(file);
    else if (wanted !== undefined || text !== '') return undefined;
  }
  return files.length === next.files.length ? files : undefined;
}
