import type { ServerStats } from '../types.ts';

/** Reads `/haproxy?stats;csv`: servers by backend. Throws a `SyntaxError` if the text is something else. */
export function parseStats(text: string): ReadonlyMap<string, readonly ServerStats[]> {
  const [head = '', ...lines] = text.split(/\r?\n/);
  if (!head.startsWith('# pxname,svname,')) throw new SyntaxError('not the CSV statistics of HAProxy');
  const columns = new Map(
    head
      .slice(2)
      .split(',')
      .map((name, at) => [name, at] as const),
  );
  const backends = new Map<string, ServerStats[]>();
  for (const line of lines) {
    if (line === '') continue;
    const cells = splitLine(line);
    const cell = (name: string): string => cells[columns.get(name) ?? -1] ?? '';
    const backend = cell('pxname');
    const own = backends.get(backend);
    // Type 1 is the backend's own line: it is there without servers too.
    if (own === undefined && (cell('type') === '1' || cell('type') === '2')) backends.set(backend, []);
    if (cell('type') === '2') backends.get(backend)?.push(serverOf(cell));
  }
  return backends;
}

function serverOf(cell: (name: string) => string): ServerStats {
  const number = (name: string): number => Number(cell(name)) || 0;
  return {
    name: cell('svname'),
    status: cell('status'),
    sessions: number('scur'),
    queued: number('qcur'),
    total: number('stot'),
    answers: [number('hrsp_other'), ...[1, 2, 3, 4, 5].map((digit) => number(`hrsp_${digit}xx`))],
    failures: number('econ') + number('eresp'),
    answerTime: number('rtime'),
    rate: number('rate'),
  };
}

/** Cells may be quoted, a quote in them is doubled (RFC 4180). */
function splitLine(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
