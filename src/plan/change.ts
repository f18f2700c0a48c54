import type { Section, ServerLine } from '../render/document.ts';
import type { DocumentFile } from '../render/files/kinds.ts';

/** One difference between two documents: what a plan decides on, and what reasons are told from. */
export type Change =
  | { readonly kind: 'section-new'; readonly section: Section }
  | { readonly kind: 'section-gone'; readonly section: Section }
  /** Anything but server lines differs. */
  | { readonly kind: 'section-changed'; readonly before: Section; readonly after: Section }
  /** Only server lines differ. */
  | { readonly kind: 'servers'; readonly section: Section; readonly servers: ServerChanges }
  /** The same sections in another order. */
  | { readonly kind: 'order' }
  | FileChange;

export interface FileChange {
  readonly kind: 'file';
  readonly fileKind: DocumentFile['kind'];
  readonly name: string;
  /** Undefined if it is gone. */
  readonly after: DocumentFile | undefined;
  /** Such as `+2 -1`. */
  readonly difference: string;
}

/** Servers of one backend by name: `before` and `after` of a changed one differ in their text. */
export interface ServerChanges {
  readonly added: readonly ServerLine[];
  readonly removed: readonly ServerLine[];
  readonly changed: readonly { readonly before: ServerLine; readonly after: ServerLine }[];
  /** The same servers in another order. */
  readonly moved: boolean;
}
