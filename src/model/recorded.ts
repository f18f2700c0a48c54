/** What may be looked up of the world besides the apps. */
export type Lookup<Value> = Pick<ReadonlyMap<string, Value>, 'get'>;

/** The answers that something rests on: it need not be done again while they are the same. */
export interface Recorded<Value> extends Lookup<Value> {
  /** Whether another map would have given the same answers. */
  holdsFor(other: ReadonlyMap<string, Value>): boolean;
}

/** Looks up in `map` and notes what was asked and answered. */
export function recorded<Value>(map: ReadonlyMap<string, Value>): Recorded<Value> {
  let source = map;
  const keys: string[] = [];
  const answers: (Value | undefined)[] = [];
  return {
    get: (key) => {
      const answer = source.get(key);
      keys.push(key);
      answers.push(answer);
      return answer;
    },
    holdsFor: (other) => {
      if (other === source) return true;
      if (!keys.every((key, at) => other.get(key) === answers[at])) return false;
      // The older map is let go.
      source = other;
      return true;
    },
  };
}
