import { expect, it } from 'vitest';
import { type ConfigDocument, ServerLine } from '../../render/document.ts';
import { createOpenFilesWatch, withSoftLimits } from './open-files.ts';

const head = (maxconn: string) =>
  ({ kind: 'head', name: 'head', blocks: [{ text: `global\n${maxconn}defaults\n  maxconn 7\n` }] }) as const;

function doc(checks: number, maxconn = ''): ConfigDocument {
  const servers = Array.from({ length: checks }, (_, at) => `  server s${at} 10.0.0.1:${at + 1} id 5 check inter 2s\n`);
  return {
    sections: [
      head(maxconn),
      { kind: 'frontend', name: 'f', blocks: [{ text: 'frontend f\n  bind *:80\n  bind *:443 ssl\n' }] },
      {
        kind: 'backend',
        name: 'b',
        blocks: [{ text: 'backend b\n' }],
        servers: [...servers, '  server x 10.0.0.1:1 id 5\n'].map(
          (text, at) => new ServerLine({ name: `${at}`, taskId: `${at}`, text }),
        ),
      },
    ],
    files: [],
  };
}

it('warns once as long as HAProxy needs more files than it may open', () => {
  const said: string[] = [];
  const watch = createOpenFilesWatch(150, { warn: (text) => said.push(text) });
  watch(doc(48));
  expect(said).toEqual([]);
  watch(doc(49));
  watch(doc(50));
  expect(said).toEqual([expect.stringContaining('about 151 open files (2 listeners, 49 checked servers,')]);
  watch(doc(10));
  watch(doc(10, '  maxconn 20\n  no strict-limits\n'));
  watch(doc(10, '  maxconn 20\n'));
  expect(said).toEqual([
    expect.anything(),
    expect.stringMatching(/about 152 .* maxconn 20\), and the limit is 150; .* or lower maxconn/),
  ]);
});

it('says nothing if the limit is not known', () => {
  const said: string[] = [];
  createOpenFilesWatch(undefined, { warn: (text) => said.push(text) })(doc(1000));
  expect(said).toEqual([]);
});

it.each([
  ['  maxconn 1000\n', 2000, 'wants 2100 open files (maxconn 1000), and the limit is 2000: `no strict-limits` is added'],
  ['  ulimit-n 3000\n', 2000, 'wants 3000 open files (maxconn 0), and the limit is 2000'],
  ['  maxconn 1000\n', 2100, undefined],
  ['  maxconn 1000\n', undefined, undefined],
  ['  maxconn 1000\n  no strict-limits\n', 2000, undefined],
  ['  maxconn 1000\n  strict-limits\n', 2000, undefined],
  ['', 2000, undefined],
])('adds `no strict-limits` where a head wants more files than there are: %j, %j', (lines, limit, words) => {
  const said: string[] = [];
  const text = (more: string) => `global\n  daemon\nglobal\n${more}${lines}defaults\n  maxconn 90000\n`;
  const found = withSoftLimits(text(''), limit, { warn: (each) => said.push(each) });
  expect(found).toBe(text(words === undefined ? '' : '  no strict-limits\n'));
  expect(said).toHaveLength(words === undefined ? 0 : 1);
  expect(said.join('')).toContain(words ?? '');
});
