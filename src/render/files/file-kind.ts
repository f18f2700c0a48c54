/** What a kind of files needs, but for the commands that change them at run time. */
export interface FileKind<File> {
  /** The names that its files may have: one that no document has any more is emptied. */
  readonly names: readonly string[];
  /** Of other names that they may have. */
  readonly pattern?: RegExp;
  /** Its content stays out of diffs, the log and the journal. */
  readonly isSecret: boolean;
  print(file: File): string;
  /** Reads what `print` wrote. Returns undefined if another program wrote the text. */
  read(name: string, text: string): File | undefined;
  /** Returns in what the contents of two files differ, such as `+2 -1`; undefined if they are the same. A secret one must not show any of it. */
  difference(before: File | undefined, after: File | undefined): string | undefined;
  /** Returns why the running HAProxy cannot get from one content to the other. Left out: it always can. */
  reloadFor?(before: File, after: File): string | undefined;
}
