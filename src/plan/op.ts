/** What can be done to a running HAProxy without a reload. */
import type { MapFile } from '../render/document.ts';
import type { ServerSpec } from './server-line.ts';

export type Op =
  | ServerOp
  /** The whole content of a map. */
  | { readonly kind: 'map'; readonly map: MapFile };

/** `server` is what the next configuration has; for `remove`, what the one before had. */
export interface ServerOp {
  readonly kind: 'add' | 'remove' | 'enable' | 'disable' | 'weight' | 'address';
  readonly backend: string;
  readonly server: ServerSpec;
  /** For `add`: the backend makes the cookies of its servers of their addresses. */
  readonly dynamicCookies?: boolean;
}

/** Operations, or why a reload is needed instead. */
export type Ops = { readonly kind: 'ops'; readonly ops: readonly Op[] } | { readonly kind: 'reload'; readonly reason: string };
