/** The entry of the reference manual for the code of a problem or an error. */
export interface MessageRow {
  /** What happened: a sentence without its full stop. */
  readonly meaning: string;
  /** What the reader can do about it: a sentence without its full stop. */
  readonly advice: string;
}
