/** What came of bringing a document live. */
export type Applied =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'runtime'; readonly commands: readonly string[] }
  | { readonly kind: 'reload'; readonly reasons: readonly string[]; readonly attempts: number };
