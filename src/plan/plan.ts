/** What is to be done so that HAProxy runs `next`: a value that can be printed, logged and shown. */
export type Plan =
  | { readonly kind: 'nothing' }
  /** Why each reason holds is said in the operator's words: `backend shop_10000 is new`. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };
