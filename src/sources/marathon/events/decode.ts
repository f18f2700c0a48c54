import { createParser } from 'eventsource-parser';
import { parseJson, shareOfHeap, TEXT_SHARE } from '../../../lib/text/parse-json.ts';

/** Turns the bytes of an event stream into the JSON documents in it. */
export interface Decoder {
  /** Throws if one event is larger than any that Marathon sends. */
  feed(bytes: Uint8Array): void;
}

/**
 * Takes what Marathon 0.9 to 1.11 write: CRLF or LF, events with or without an `event:` line, empty lines in between, several JSON documents in
 * one event, with or without a `data:` before each of them. What is no JSON goes to `unreadable` (its length, never its text).
 */
export function createDecoder(on: { document: (document: unknown) => void; unreadable: (length: number) => void }): Decoder {
  const text = new TextDecoder();
  let tooLarge = false;
  const most = Math.min(MAX_EVENT, shareOfHeap(TEXT_SHARE));
  const parser = createParser({
    maxBufferSize: most,
    onEvent: ({ data }) => readDocuments(data, on),
    onError: ({ type, line }) => {
      if (type === 'max-buffer-size-exceeded') tooLarge = true;
      // The second document of an event is on a line of its own: to the format that is a field of an unknown name.
      else if (type === 'unknown-field' && line !== undefined && line.trimStart().startsWith('{')) readDocuments(line, on);
    },
  });
  return {
    feed: (bytes) => {
      parser.feed(text.decode(bytes, { stream: true }));
      if (tooLarge) throw new RangeError(`an event is longer than ${most} characters`);
    },
  };
}

/** Reads one document, or one a line. */
export function readDocuments(
  data: string,
  on: { document: (document: unknown) => void; unreadable: (length: number) => void },
): void {
  if (data.trim() === '') return;
  const whole = parse(data);
  if (whole !== undefined) return on.document(whole.document);
  const lines = data.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  if (lines.length === 1) return on.unreadable(data.length);
  for (const line of lines) {
    const parsed = parse(line);
    if (parsed === undefined) on.unreadable(line.length);
    else on.document(parsed.document);
  }
}

/** Characters. Up to 1.4 a deployment event holds all app definitions twice. */
const MAX_EVENT = 256 * 1024 * 1024;

function parse(text: string): { document: unknown } | undefined {
  try {
    return { document: parseJson(text) };
  } catch {
    return undefined;
  }
}
