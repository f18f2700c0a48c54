import type { Certificate } from '../model/certificates/certificate.ts';
import type { Section, ServerLine } from '../render/document.ts';
import type { DocumentFile } from '../render/files/kinds.ts';

/** One difference between two documents: plans decide on it, and reasons are written from it. */
export type Change =
  | { readonly kind: 'section-new'; readonly section: Section }
  | { readonly kind: 'section-gone'; readonly section: Section }
  /** Anything but server lines differs. */
  | { readonly kind: 'section-changed'; readonly before: Section; readonly after: Section }
  /** Only server lines differ. */
  | { readonly kind: 'servers'; readonly section: Section; readonly servers: ServerChanges }
  /** The same sections in another order. */
  | { readonly kind: 'order' }
  | FileChange
  | CertificateChange;

export interface FileChange {
  readonly kind: 'file';
  readonly fileKind: DocumentFile['kind'];
  readonly name: string;
  /** Undefined if it is new. */
  readonly before: DocumentFile | undefined;
  /** Undefined if it is gone. */
  readonly after: DocumentFile | undefined;
  /** Such as `+2 -1`. */
  readonly difference: string;
}

/** A certificate is new, renewed or gone. */
export interface CertificateChange {
  readonly kind: 'certificate';
  readonly before: Certificate | undefined;
  readonly after: Certificate | undefined;
  /** It is in the list of certificates, and may come and go. */
  readonly isListed: boolean;
}

/** Servers of one backend by name: `before` and `after` of a changed one differ in their text. */
export interface ServerChanges {
  readonly added: readonly ServerLine[];
  readonly removed: readonly ServerLine[];
  readonly changed: readonly { readonly before: ServerLine; readonly after: ServerLine }[];
  /** The same servers in another order. */
  readonly moved: boolean;
}
