/** What a parser of label values returns. Texts are predicates of the label's name: "must be …", "has …". */
export type Parsed<T> =
  | {
      readonly value: T;
      /** A note: the value was read in another way than it is written, without harm. */
      readonly notes?: readonly string[] | undefined;
      /** A problem that does not stop the value from being used. */
      readonly faults?: readonly Fault[] | undefined;
    }
  | Refused;

/** There is no value: what the text must be like, "must be a port from 1 to 65535". */
export interface Refused {
  readonly must: string;
}

export interface Fault {
  readonly detail: string;
  readonly fix: string;
}

/** Returns a text of a label as messages show it: quoted, and cut if it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

const LONGEST = 200;
