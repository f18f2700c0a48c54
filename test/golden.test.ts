import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../src/model/problem.ts';
import { print } from '../src/render/document.ts';
import { printFile } from '../src/render/files/kinds.ts';
import { GOLDEN, goldenCases, outcomeOf, readCase } from './support/rendering/golden.ts';

/** `UPDATE_GOLDEN=1` writes what comes out in place of comparing it: read the difference before you commit it. */
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

describe.each(goldenCases())('%s', (name) => {
  const { apps, options } = readCase(name);
  const { document, problems } = outcomeOf(apps, options);
  const files: Record<string, string> = { 'haproxy.cfg': print(document), 'problems.txt': problems.map(line).join('') };
  for (const map of document.files) files[map.name] = printFile(map);

  it.each(Object.keys(files))('%s', (file) => {
    const path = join(GOLDEN, name, file);
    if (UPDATE && files[file] === '') rmSync(path, { force: true });
    else if (UPDATE) writeFileSync(path, files[file] as string);
    expect(files[file]).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
  });

  it('has these files and no other', () => {
    if (UPDATE) for (const file of committed(name).filter((each) => !files[each])) rmSync(join(GOLDEN, name, file));
    expect(committed(name)).toEqual(
      Object.keys(files)
        .filter((file) => files[file] !== '')
        .sort(),
    );
  });
});

/** Returns the names of what a case expects, which is all in its folder but what goes in. */
function committed(name: string): readonly string[] {
  return readdirSync(join(GOLDEN, name))
    .filter((file) => file !== 'marathon.json' && file !== 'options.json')
    .sort();
}

function line({ code, app, service, label, detail, fix }: Problem): string {
  return `${code} | ${app} | ${service ?? '-'} | ${label ?? '-'} | ${detail}${fix === undefined ? '' : ` | ${fix}`}\n`;
}
