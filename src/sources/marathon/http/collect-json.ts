import { parseJson, shareOfHeap, TEXT_SHARE } from '../../../lib/text/parse-json.ts';

/** Makes something of a JSON text that comes in pieces. A new one for each attempt. Throws a `RangeError` if it costs too much memory. */
export interface Collector<T> {
  readonly push: (piece: string) => void;
  /** The text is complete. Throws a `SyntaxError` if it is no JSON. */
  readonly end: () => T;
}

/** The value of the whole text. */
export function collectJson(): Collector<unknown> {
  const most = shareOfHeap(TEXT_SHARE);
  let text = '';
  return {
    push: (piece) => {
      refuseLonger(text.length + piece.length, most);
      text += piece;
    },
    end: () => parseJson(text),
  };
}

/**
 * Reads `{"apps":[…]}` app by app, as they come in: `take` gets the JSON of one after the other, and neither the text nor the tree of 10,000
 * apps is ever there as a whole. `end` gives false if there is no array `apps`.
 *
 * It is guessed that a new app begins at `,{"id":"/`, as Marathon of all versions writes it. `JSON.parse` of what is in between proves the guess; if it is wrong, or never right, the rest is parsed whole.
 */
export function collectApps(take: (raw: unknown) => void): Collector<boolean> {
  const most = shareOfHeap(TEXT_SHARE);
  let text = '';
  let state: 'head' | 'apps' | 'whole' = 'head';
  let begun = false;
  // Pieces of the app that is coming in: put together when it is complete, so that a large one is not copied with each piece.
  let pieces: string[] = [];
  let length = 0;
  let tail = '';

  const add = (piece: string): void => {
    refuseLonger(length + piece.length, most);
    pieces.push(piece);
    length += piece.length;
    tail = (tail + piece).slice(-MARK.length);
  };

  const restart = (rest: string): void => {
    [pieces, length, tail] = [[], 0, ''];
    add(rest);
  };

  const cut = (piece: string): void => {
    // What was there before was searched then, but for the end of it.
    const searched = Math.max(0, length - (MARK.length - 1));
    const isHere = (tail + piece).includes(MARK);
    add(piece);
    if (!isHere) return;
    const whole = pieces.join('');
    let start = 0;
    for (let next = whole.indexOf(MARK, searched); next !== -1; next = whole.indexOf(MARK, next + 1)) {
      const parsed = tryParse(whole.slice(start, next));
      if (parsed === undefined) {
        state = 'whole';
        break;
      }
      take(parsed.value);
      start = next + 1;
    }
    restart(whole.slice(start));
  };

  return {
    push: (piece) => {
      if (state === 'apps') cut(piece);
      else if (state === 'whole') add(piece);
      else {
        text += piece;
        if (text.length < HEAD.length + APP.length) return;
        begun = text.startsWith(HEAD + APP);
        state = begun ? 'apps' : 'whole';
        if (begun) cut(text.slice(HEAD.length));
        else add(text);
      }
    },
    end: () => {
      const rest = state === 'head' ? text : pieces.join('');
      const answer = parseJson(begun ? HEAD + rest : rest) as { apps?: unknown } | null;
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
/** Between two apps; within a JSON text its quotes cannot stand unescaped. */
const MARK = `,${APP}`;

function tryParse(text: string): { value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

function refuseLonger(length: number, most: number): void {
  if (length > most) throw new RangeError(`it has more than ${most} characters to be read at once`);
}
