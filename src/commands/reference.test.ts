import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { manual } from '../config/options/manual.ts';
import { options } from '../config/options/table.ts';
import { labels } from '../model/labels/table.ts';
import { templates } from '../render/templates/defaults.ts';
import { notice, referenceFiles } from './reference.ts';

describe('docs/reference', () => {
  it.each(Object.entries(referenceFiles))('%s is what `npm run reference` writes', async (name, text) => {
    const committed = await readFile(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8');
    expect(committed, 'stale: run `npm run reference`').toBe(notice + text());
  });

  it('names every option, label and template', () => {
    const text = manual();
    for (const { name } of options) expect(text).toContain(`--${name}`);
    for (const { name, per } of labels) expect(text).toContain(`\`HAPROXY_${per === 'service' ? '{n}_' : ''}${name}\``);
    for (const [name, { placeholders }] of Object.entries(templates)) {
      expect(text).toContain(`\`HAPROXY_${name}\``);
      for (const placeholder of placeholders) expect(text).toContain(`\`{${placeholder}}\``);
    }
  });
});
