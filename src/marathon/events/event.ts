/** What the event stream (or a callback) says: hints about what to read again, never the truth. */
export type StreamEvent =
  /** The stream is there (again): everything may have changed. */
  | { readonly kind: 'opened'; readonly url: string }
  /** Something about `app` changed (undefined: if it is not known which). `cause` is Marathon's event type, `taskId` if it names one. */
  | {
      readonly kind: 'changed';
      readonly app: string | undefined;
      readonly cause: string;
      readonly taskId?: string | undefined;
      readonly taskStatus?: string | undefined;
      /** When the bytes arrived, in milliseconds of the monotonic clock (`performance.now()`). */
      readonly at: number;
    }
  /** The stream broke; it is tried again by itself in `retryInMs`. */
  | { readonly kind: 'lost'; readonly error: Error; readonly retryInMs: number };
