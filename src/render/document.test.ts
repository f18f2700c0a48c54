import { describe, expect, it } from 'vitest';
import { goldenCases, outcomeOf, readCase } from '../../test/support/rendering/golden.ts';
import { cacheName } from '../model/labels/rows/cache.ts';
import { ownerOf, print } from './document.ts';
import { ADMIN } from './head.ts';

/** Whether the line itself or the head of its section tells of another owner than `owner`. */
function isWrong(lines: readonly string[], at: number, owner: string | undefined): boolean {
  const line = lines[at] as string;
  if (line === '') return false;
  const before = lines.slice(0, at + 1);
  const start = before.findLastIndex((each) =>
    /^(?:global|defaults|peers|http-errors|listen|frontend|backend|userlist|cache)\b/.test(each),
  );
  const section = before[start] ?? '';
  const [, kind, name = ''] = /^(\w+) ?(?:user_|clients:)?(\S*)/.exec(section) ?? [];
  if (kind === 'cache') return owner === undefined || name !== cacheName(owner);
  if (!/^(?:frontend|backend|userlist)$/.test(kind ?? '') || name === ADMIN) return owner !== undefined;
  if (!name.startsWith('marathon_')) return owner !== name;
  if (/^ {2}(?:use|default)_backend marathon_/.test(line)) return owner !== undefined;
  if (/^ {2}use_backend [^%]/.test(line)) return owner !== line.split(' ')[3];
  // HAProxy's own answer to an ACME server.
  if (line.includes('marathon_lb_acme')) return owner !== undefined;
  // Lines of options stand before those of templates.
  const isInHead = !before.slice(start).some((each) => each.startsWith('  bind '));
  const isRule = !isInHead && /^ {2}(?:acl|redirect|http-request|http-response|use_backend)/.test(line);
  return isRule ? owner === undefined : owner !== undefined;
}

describe('ownerOf', () => {
  const cases = goldenCases().filter((name) => !name.startsWith('grouped-') && !name.startsWith('templates-'));

  it.each(cases)('knows every line of %s', (name) => {
    const { apps, options } = readCase(name);
    const { document } = outcomeOf(apps, options);
    const lines = print(document).split('\n');
    expect(lines.filter((_, at) => isWrong(lines, at, ownerOf(document, at + 1)?.backend))).toEqual([]);
  });

  it('gives the certificates of a vhost of one service to that service', () => {
    const { apps, options } = readCase('grouped-https');
    const { document } = outcomeOf(apps, options);
    const lines = print(document).split('\n');
    const ownerOfLine = (text: string): string | undefined =>
      ownerOf(document, lines.findIndex((line) => line.includes(text)) + 1)?.app;
    expect(ownerOfLine('bind abns@two_example_com')).toBe('/two');
    expect(ownerOfLine('bind abns@one_example_com')).toBeUndefined();
  });

  it('knows nobody before the first and after the last line', () => {
    const { document } = outcomeOf(readCase('vhost-one').apps);
    expect(ownerOf(document, 0)).toBeUndefined();
    expect(ownerOf(document, print(document).split('\n').length + 1)).toBeUndefined();
  });
});
