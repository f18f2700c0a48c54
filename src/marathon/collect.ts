/** Makes something of a JSON text that comes in pieces. A new one for each attempt. */
export interface Collector<T> {
  readonly push: (piece: string) => void;
  /** The text is complete. Throws a `SyntaxError` where it is no JSON. */
  readonly end: () => T;
}

/** The value of the whole text. */
export function collectJson(): Collector<unknown> {
  let text = '';
  return {
    push: (piece) => {
      text += piece;
    },
    end: () => JSON.parse(text) as unknown,
  };
}

/**
 * Reads `{"apps":[…]}` app by app, as they come in: `take` gets the JSON of one after the other, and neither the text nor the tree of 10,000
 * apps is ever there as a whole. `end` gives false where there is no array `apps`.
 *
 * It is guessed that a new app begins at `,{"id":"/`, as Marathon of all versions writes it (within a JSON text the quotes of `"id"` cannot
 * stand unescaped). `JSON.parse` of what is in between proves the guess; where it is wrong, or never right, the rest is parsed whole.
 */
export function collectApps(take: (raw: unknown) => void): Collector<boolean> {
  let text = '';
  let state: 'head' | 'apps' | 'whole' = 'head';
  let begun = false;

  const cut = (): void => {
    let start = 0;
    for (;;) {
      const next = text.indexOf(APP, start + 1);
      if (next === -1) break;
      if (text[next - 1] !== ',') return giveUp(start);
      const parsed = tryParse(text.slice(start, next - 1));
      if (parsed === undefined) return giveUp(start);
      take(parsed.value);
      start = next;
    }
    text = text.slice(start);
  };

  const giveUp = (start: number): void => {
    text = text.slice(start);
    state = 'whole';
  };

  return {
    push: (piece) => {
      text += piece;
      if (state === 'head' && text.length >= HEAD.length + APP.length) {
        begun = text.startsWith(HEAD + APP);
        state = begun ? 'apps' : 'whole';
        if (begun) text = text.slice(HEAD.length);
      }
      if (state === 'apps') cut();
    },
    end: () => {
      const answer = JSON.parse(begun ? HEAD + text : text) as { apps?: unknown } | null;
      const apps = typeof answer === 'object' ? answer?.apps : undefined;
      if (!Array.isArray(apps)) return false;
      for (let index = 0; index < apps.length; index++) {
        take(apps[index]);
        // `take` makes a copy: the JSON of the others need not stay.
        apps[index] = undefined;
      }
      return true;
    },
  };
}

const HEAD = '{"apps":[';
const APP = '{"id":"/';

function tryParse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
