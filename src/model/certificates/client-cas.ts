import { hash } from 'node:crypto';

/** What the folder of `--client-cas` has: authorities that check the certificates of clients. */
export interface ClientCas {
  /** Sorted by name. */
  readonly all: readonly ClientCa[];
  /** Which files cannot be used, and why: a sentence each. */
  readonly faults: readonly string[];
}

export interface ClientCa {
  /** That of its file without the ending. */
  readonly name: string;
  /** Its certificates, in PEM. */
  readonly text: string;
}

/** Returns what names the content of an authority. */
export function digestOf({ text }: Pick<ClientCa, 'text'>): string {
  return hash('sha256', text).slice(0, 16);
}
