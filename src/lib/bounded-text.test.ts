import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { boundedText } from './bounded-text.ts';

it('gives the text, wherever it is cut', async () => {
  const bytes = Buffer.from('grün');
  expect(await boundedText(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), 5)).toBe('grün');
  expect(await boundedText(Readable.from([]), 0)).toBe('');
});

it('ends what is longer than it may be, or has no end', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.from('x');
    })(),
  );
  await expect(boundedText(endless, 1000)).rejects.toThrow(new RangeError('an answer of more than 1000 bytes'));
  expect(endless.destroyed).toBe(true);
});
