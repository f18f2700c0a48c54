/** The operations on a running HAProxy without a reload. */
import type { Change } from './change.ts';
import type { Certificate } from '../model/certificates/certificate.ts';
import type { DocumentFile } from '../render/files/kinds.ts';
import type { ServerSpec } from '../haproxy-config/server-line.ts';

export type Op =
  | ServerOp
  | FrontendOp
  /** The whole content of a file. */
  | { readonly kind: 'file'; readonly file: DocumentFile }
  | CertificateOp;

/** `server` is what the next configuration has; for `remove`, what the one before had. */
export interface ServerOp {
  /** `check`: its checks run; `up`: it counts as healthy, as nothing checks it. */
  readonly kind: 'add' | 'remove' | 'enable' | 'disable' | 'weight' | 'address' | 'check' | 'up';
  readonly backend: string;
  readonly server: ServerSpec;
  /** For `add`: the backend makes the cookies of its servers of their addresses. */
  readonly dynamicCookies?: boolean;
}

/** `mayAdd`: HAProxy gets it if it does not have it yet; it is of no use before a list names it. */
export type CertificateOp =
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly mayAdd: boolean }
  /** No list names it any more. */
  | { readonly kind: 'certificate-gone'; readonly path: string };

/** Undoes what was done to a frontend by hand: it takes connections again, or `maxconn` of them at most. */
export type FrontendOp =
  | { readonly kind: 'open'; readonly frontend: string }
  | { readonly kind: 'limit'; readonly frontend: string; readonly maxconn: number };

/** Operations, or why a reload is needed instead. */
export type Ops = { readonly kind: 'ops'; readonly ops: readonly Op[] } | { readonly kind: 'reload'; readonly reason: string };

/** The way from the running document to the next one. */
export type Plan =
  | { readonly kind: 'nothing' }
  /** By commands to the running HAProxy; without operations (servers in another order) only the files follow. */
  | (Reasons & { readonly kind: 'runtime'; readonly ops: readonly Op[] })
  | (Reasons & { readonly kind: 'reload' });

interface Reasons {
  /** In the operator's words: `backend shop_10000 is new`. */
  readonly reasons: readonly string[];
  /** All differences from what HAProxy runs; empty if that is not known. */
  readonly changes: readonly Change[];
}
