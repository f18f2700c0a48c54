/** Look-ups of facts besides the apps. */
export type Lookup<Value> = Pick<ReadonlyMap<string, Value>, 'get'>;

/** The answers that something rests on: it need not be done again while they are the same. */
export interface TrackedLookup<Value> extends Lookup<Value> {
  /** Returns whether another map would have given the same answers. */
  holdsFor(other: ReadonlyMap<string, Value>): boolean;
}

/** Looks up in `map` and notes what was asked and answered: for most apps nothing is, so that little is kept for them. */
export function tracked<Value>(map: ReadonlyMap<string, Value>): TrackedLookup<Value> {
  return new Tracked(map);
}

class Tracked<Value> implements TrackedLookup<Value> {
  #source: ReadonlyMap<string, Value>;
  #answers: Map<string, Value | undefined> | undefined;

  constructor(source: ReadonlyMap<string, Value>) {
    this.#source = source;
  }

  get(key: string): Value | undefined {
    const answer = this.#source.get(key);
    this.#answers ??= new Map();
    this.#answers.set(key, answer);
    return answer;
  }

  holdsFor(other: ReadonlyMap<string, Value>): boolean {
    if (other === this.#source) return true;
    for (const [key, answer] of this.#answers ?? []) if (other.get(key) !== answer) return false;
    // The older map is let go.
    this.#source = other;
    return true;
  }
}
