import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { fetchText, startHaproxy, startTasks } from '../../../test/support/haproxy/live-haproxy.ts';
import { print } from '../../render/document.ts';

const FOREIGN = 'frontend foreign\n  bind 203.0.113.9:10001\n  default_backend b\n';

describe.each(HAPROXIES)('with %s', (binary) => {
  test.each(['command', 'master'])(
    'a reload that fails though the check went well: the former configuration serves (%s)',
    async (way) => {
      await using tasks = await startTasks(1);
      const change = { skipValidation: true, reloadInterval: 1 };
      await using haproxy = await startHaproxy(binary, change, way === 'master');
      const good = haproxy.doc([['t0', tasks.ports[0] ?? 0]]);
      await haproxy.bring(good);
      await haproxy.bring(haproxy.doc([['t0', tasks.ports[0] ?? 0]], { backend: '  balance leastconn\n' }));
      const before = await readFile(haproxy.config, 'utf8');

      const foreign = { kind: 'frontend', name: 'foreign', blocks: [{ text: FOREIGN }] } as const;
      const bad = haproxy.bring({ ...good, sections: [...good.sections, foreign] });
      await expect(bad).rejects.toMatchObject({ code: 'reload-refused' });
      expect(await readFile(haproxy.config, 'utf8')).toBe(before);
      expect(haproxy.lines.join('\n')).toContain('is what it was before the reload that failed');
      expect(await fetchText(haproxy.port)).toBe('t0');
      expect(haproxy.applier.hasPendingReload()).toBe(false);

      expect(await haproxy.bring(good)).toMatchObject({ kind: 'reload', attempts: 1 });
      expect(await readFile(join(haproxy.folder, 'haproxy.cfg'), 'utf8')).toBe(print(good));
      expect(await fetchText(haproxy.port)).toBe('t0');
    },
  );
});
