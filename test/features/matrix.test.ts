import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MATRIX } from '../support/haproxy/haproxies.ts';

const page = readFileSync('docs/reference/matrix.md', 'utf8');
// Stale: run `node scripts/nodes.mjs --write`.

/** `2.6.12-1+deb12u4` → `2.6`. */
function branchOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

it('docs/reference/matrix.md is about the versions of HAProxy that the tests are for', () => {
  const [, told = ''] = /^HAProxy (.*), each of them with each version of Node:$/m.exec(page) ?? [];
  expect(told.split(/, | and /).map(branchOf)).toEqual(Object.keys(MATRIX.haproxy));
});

it('docs/reference/matrix.md is about the versions of Node, and each passed each set', () => {
  const [head = [], , ...rows] = Array.from(page.matchAll(/^\|(.*)\|$/gm), ([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  expect(head).toEqual(['Node', ...MATRIX.sets.map(({ name }) => name)]);
  expect(rows.map(([version = '']) => version.split('.')[0])).toEqual(MATRIX.node);
  for (const [, ...cells] of rows) for (const cell of cells) expect(cell).toMatch(/^[1-9]\d* passed$/);
});

it('the versions of Node begin with the one that package.json asks for', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toMatch(new RegExp(`^>=${MATRIX.node[0]}\\.`));
});
