/** The configuration as a value: sections of blocks, each block with its owner. */
import { type OpaqueServer, readServer, type ServerSpec } from '../haproxy-config/server-line.ts';
import type { Certificate } from '../model/certificates/certificate.ts';
import type { DocumentFile } from './files/kinds.ts';

/** The service whose labels and tasks made a block. */
export interface Owner {
  /** App id, with its leading slash. */
  readonly app: string;
  /** Index of the service port, the `{n}` of the labels. */
  readonly index: number;
  /** Backend name. */
  readonly backend: string;
}

/** Consecutive lines of one owner. */
export interface Block {
  /** Undefined for what is global (head, frontend heads). */
  readonly owner?: Owner | undefined;
  /** Whole lines, each ended by a line feed. */
  readonly text: string;
}

export interface Section {
  /** `counters`: a table of what clients do, in a backend of its own. `cache`: answers of one service. */
  readonly kind: 'head' | 'errors' | 'peers' | 'userlist' | 'counters' | 'cache' | 'frontend' | 'backend';
  /** Unique within its kind. */
  readonly name: string;
  /** All of a backend but its server lines. */
  readonly blocks: readonly Block[];
  /** Only for the backends of services. */
  readonly servers?: readonly ServerLine[] | undefined;
  readonly owner?: Owner | undefined;
}

/** A server of a backend and the line that was rendered for it (several lines if a template makes several). */
export class ServerLine {
  readonly name: string;
  /** The task it was rendered for; of tasks that came to the same line, the first. */
  readonly taskId: string;
  /** Ended by a line feed. */
  readonly text: string;
  #spec: ServerSpec | OpaqueServer | undefined;

  constructor({ name, taskId, text }: Pick<ServerLine, 'name' | 'taskId' | 'text'>) {
    this.name = name;
    this.taskId = taskId;
    this.text = text;
  }

  /** Address, weight, state and keywords. Templates write what they like, so the line says it, not the task; it is read once, if asked for. */
  get spec(): ServerSpec | OpaqueServer {
    return (this.#spec ??= readServer(this.text));
  }

  /** Its sessions end, new ones go elsewhere. */
  get isDraining(): boolean {
    // Few lines have the word: the others are not read for it.
    return this.text.includes('disabled') && this.spec.disabled;
  }
}

export interface ConfigDocument {
  readonly sections: readonly Section[];
  /** What the sections refer to, beside the configuration. */
  readonly files: readonly DocumentFile[];
  /**
   * What HAProxy is to serve of the certificates that it reads from disk; left out: not known. Their files are written when they are accepted,
   * before any document has them.
   */
  readonly certificates?: readonly Certificate[] | undefined;
}

/** Returns whether certificates come and go by a list; else HAProxy has those that its configuration names, and only their content changes. */
export function listsCertificates({ files }: Pick<ConfigDocument, 'files'>): boolean {
  return files.some(({ kind }) => kind === 'crt-list');
}

/** Returns the text of a document: sections separated by an empty line. */
export function print(doc: ConfigDocument): string {
  const texts: string[] = [];
  for (const section of doc.sections) {
    if (texts.length > 0) texts.push('\n');
    putTexts(section, texts);
  }
  return texts.join('');
}

/** Returns the text of one section: its blocks, then its servers. */
export function printSection(section: Section): string {
  const texts: string[] = [];
  putTexts(section, texts);
  return texts.join('');
}

function putTexts({ blocks, servers }: Section, texts: string[]): void {
  for (const block of blocks) texts.push(block.text);
  if (servers) for (const server of servers) texts.push(server.text);
}

/**
 * Returns whose line `line` (from 1, as HAProxy counts) of `print(doc)` is. Returns undefined for global lines and beyond the end.
 */
export function ownerOf(doc: ConfigDocument, line: number): Owner | undefined {
  let next = 1;
  for (const section of doc.sections) {
    for (const block of section.blocks) {
      next += countLines(block.text);
      if (line < next) return block.owner ?? section.owner;
    }
    for (const server of section.servers ?? []) {
      next += countLines(server.text);
      if (line < next) return section.owner;
    }
    next += 1; // the empty line after the section
  }
  return undefined;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
