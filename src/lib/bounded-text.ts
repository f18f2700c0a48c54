import type { Readable } from 'node:stream';

/** Reads the text of an answer. Throws a `RangeError` if it has more than `most` bytes, and ends the connection then. */
export async function boundedText(body: Readable, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new RangeError(`an answer of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
