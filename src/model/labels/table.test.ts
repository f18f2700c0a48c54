import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../values/limits.ts';
import { parseLabel } from './parse-label.ts';
import { labels } from './table.ts';

describe('the example of a label', () => {
  it.each(labels.map(({ name, per, type, example }) => ({ name, per, type, example })))(
    'is a value that $name (per $per) takes',
    ({ type, example }) => {
      expect(parseLabel(type, example, DEFAULT_LIMITS)).toHaveProperty('value');
    },
  );
});
